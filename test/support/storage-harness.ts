/** What a storage suite is given, and how it looks at answers and at rows. */
import { it } from "vitest";
import { foldCase } from "../../src/base/fold.ts";
import type { OrganizationId } from "../../src/base/ids.ts";
import { StorageError, type StorageFault } from "../../src/storage/errors.ts";
import { migrations } from "../../src/storage/migrations/all.ts";
import type { Parameter, Row } from "../../src/storage/operation.ts";
import { foldName } from "../../src/storage/operations/members.ts";
import type { AuditEvent, Member } from "../../src/storage/records.ts";
import type { EventRepository, Storage } from "../../src/storage/storage.ts";

export interface StoreUnderTest extends AsyncDisposable {
  readonly storage: Storage;
  /** Runs one statement past the storage: to look at rows, and for changes that no repository method makes. */
  execute(sql: string, ...parameters: readonly Parameter[]): Promise<readonly Row[]>;
}

/** Opens a fresh, empty, migrated store of its own. */
export type StoreFactory = () => Promise<StoreUnderTest>;

/** Declares one test on a store of its own. */
export type StoreTest = (
  name: string,
  body: (store: StoreUnderTest) => Promise<void>,
  timeoutMs?: number,
) => void;

export function testsOn(factory: StoreFactory): StoreTest {
  return (name, body, timeoutMs) => {
    it(
      name,
      async () => {
        await using store = await factory();
        await body(store);
      },
      timeoutMs,
    );
  };
}

/** How a call ended, in a form that can be compared: its value, or the fault that it was refused with. */
export type Outcome = { readonly value: unknown } | { readonly fault: StorageFault };

/** Any other error is a defect of the engine, and passes through. */
export async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await call };
  } catch (error) {
    if (error instanceof StorageError) return { fault: error.fault };
    throw error;
  }
}

/** The fault alone, for `expect(await faultOf(…)).toEqual(…)`; a call that succeeds answers undefined. */
export async function faultOf(call: Promise<unknown>): Promise<StorageFault | undefined> {
  const outcome = await outcomeOf(call);
  return "fault" in outcome ? outcome.fault : undefined;
}

/** The tables, from the migrations themselves: a new one is watched from its first day. */
export const tables: readonly string[] = migrations
  .flatMap(({ statements }) => statements)
  .flatMap((sql) => /^CREATE TABLE (\w+)/.exec(sql)?.[1] ?? []);

/** Every row of every table as text, sorted: two dumps are equal when nothing at all was written in between. */
export async function dump(store: StoreUnderTest): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const table of tables) {
    const rows = await store.execute(`SELECT * FROM ${table}`);
    lines.push(...rows.map((row) => `${table} ${JSON.stringify(row)}`));
  }
  return lines.sort();
}

export async function allEvents(
  { events }: { readonly events: EventRepository },
  organizationId: OrganizationId,
): Promise<readonly AuditEvent[]> {
  return events.list(organizationId, 0, 10_000);
}

/** A further member of an organization; no repository method makes one yet. */
export async function addMember(store: Pick<StoreUnderTest, "execute">, member: Member): Promise<void> {
  await store.execute(
    `INSERT INTO members (organization_id, user_id, email, email_fold, full_name, full_name_fold, avatar_url, role,
       status, login_provider, member_since, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    member.organizationId,
    member.userId,
    member.email,
    foldCase(member.email),
    member.fullName,
    foldName(member.fullName),
    member.avatarUrl,
    member.role,
    member.status,
    member.loginProvider,
    member.memberSinceMs,
    member.updatedAtMs,
  );
}
