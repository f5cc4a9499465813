/** One run of random commands: its two sides, what it has named so far, and how a command chooses among that. */
import * as fc from "fast-check";
import { expect } from "vitest";
import type {
  AnyId,
  OrganizationId,
  PersonalAccessTokenId,
  ScimConfigurationId,
  SsoConfigurationId,
  UserId,
} from "../../../src/base/ids.ts";
import type { TokenHash } from "../../../src/storage/records.ts";
import type { Page } from "../../../src/storage/storage.ts";
import { outcomeOf } from "../../support/storage-harness.ts";
import { newHash, newId } from "../../support/storage-records.ts";
import { insertTenant, newTenant, type Tenant } from "../../support/storage-tenant.ts";
import { createModel, type Modelled } from "./model.ts";

export interface Run {
  readonly model: Modelled;
  readonly real: Modelled;
  /** All that was ever named, so that commands hit what exists, what is gone and what is another's. */
  readonly organizationIds: OrganizationId[];
  readonly userIds: UserId[];
  readonly emails: string[];
  readonly ssoIds: SsoConfigurationId[];
  readonly scimIds: ScimConfigurationId[];
  readonly tokenIds: PersonalAccessTokenId[];
  readonly hashes: TokenHash[];
  readonly owners: Map<AnyId, OrganizationId>;
  /** Older than all that the run creates: where its share of the lists of everything begins. */
  readonly beforeScim: ScimConfigurationId;
  readonly beforeTokens: PersonalAccessTokenId;
  /** How often commands ended in which way, as in "organizations.get: not_found". */
  readonly outcomes: Map<string, number>;
}

/** Begins with two organizations that have one of everything. */
export async function createRun(real: Modelled, outcomes: Map<string, number>): Promise<Run> {
  const model = createModel();
  const beforeScim = newId<ScimConfigurationId>();
  const beforeTokens = newId<PersonalAccessTokenId>();
  const tenants = [newTenant(), newTenant()];
  for (const tenant of tenants) await insertTenant(tenant, model, real);
  return {
    model,
    real,
    organizationIds: tenants.map(({ organization }) => organization.id),
    userIds: tenants.map(({ member }) => member.userId),
    emails: tenants.map(({ member }) => member.email),
    ssoIds: tenants.flatMap(({ sso, linkedSso }) => [sso.id, linkedSso.id]),
    scimIds: tenants.map(({ scim }) => scim.id),
    tokenIds: tenants.map(({ token }) => token.id),
    hashes: tenants.flatMap(({ scimHash, tokenHash }) => [tokenHash, scimHash]),
    owners: new Map(tenants.flatMap(ownersIn)),
    beforeScim,
    beforeTokens,
    outcomes,
  };
}

function ownersIn({ organization, member, sso, linkedSso, scim, token }: Tenant): [AnyId, OrganizationId][] {
  const ids: AnyId[] = [member.userId, sso.id, linkedSso.id, scim.id, token.id];
  return ids.map((id) => [id, organization.id]);
}

/** One call with its arguments, for either side. */
export type Action = (repositories: Modelled) => Promise<unknown>;

export class Command implements fc.AsyncCommand<Run, Run> {
  private readonly name: string;
  private readonly values: unknown;
  private readonly prepare: (run: Run) => Action;

  constructor(name: string, values: unknown, prepare: (run: Run) => Action) {
    this.name = name;
    this.values = values;
    this.prepare = prepare;
  }

  check(): boolean {
    return true;
  }

  async run(run: Run): Promise<void> {
    const action = this.prepare(run);
    const expected = await outcomeOf(action(run.model));
    const actual = await outcomeOf(action(run.real));
    expect(actual, String(this)).toEqual(expected);
    const end = `${this.name}: ${"fault" in expected ? expected.fault.kind : "ok"}`;
    run.outcomes.set(end, (run.outcomes.get(end) ?? 0) + 1);
  }

  toString(): string {
    return `${this.name}(${fc.stringify(this.values)})`;
  }
}

export function command<Values>(
  name: string,
  values: fc.Arbitrary<Values>,
  prepare: (run: Run, values: Values) => Action,
): fc.Arbitrary<Command> {
  return values.map((chosen) => new Command(name, chosen, (run) => prepare(run, chosen)));
}

/** An index into what was named so far. */
export const pick = fc.nat({ max: 23 });

/** One of those known, or one that never existed. */
export function picked<T>(known: readonly T[], index: number, unknown: () => T): T {
  return known[index % (known.length + 1)] ?? unknown();
}

/** Mostly a fresh value; now and then the last one, which is taken or was. */
export function freshOrTaken<T>(known: T[], index: number, fresh: () => T): T {
  const value = (index < 5 ? known.at(-1) : undefined) ?? fresh();
  known.push(value);
  return value;
}

/** Mostly the organization that `id` was made in; now and then any. */
export function tenantFor(run: Run, id: AnyId, index: number): OrganizationId {
  const owner = index < 18 ? run.owners.get(id) : undefined;
  return owner ?? anOrganization(run, index);
}

export function pageAfter<Id extends AnyId>(known: readonly Id[], index: number, limit: number): Page<Id> {
  return { afterId: known[index % (known.length + 1)], limit };
}

export const anOrganization = (run: Run, index: number) =>
  picked<OrganizationId>(run.organizationIds, index, newId);
export const aUser = (run: Run, index: number) => picked<UserId>(run.userIds, index, newId);
export const anSso = (run: Run, index: number) => picked<SsoConfigurationId>(run.ssoIds, index, newId);
export const aScim = (run: Run, index: number) => picked<ScimConfigurationId>(run.scimIds, index, newId);
export const aToken = (run: Run, index: number) => picked<PersonalAccessTokenId>(run.tokenIds, index, newId);
export const aHash = (run: Run, index: number) => picked(run.hashes, index, newHash);

export const text = fc.constantFrom(
  "",
  "a",
  "A",
  "\u00e9",
  "e\u0301",
  "\u212a",
  "\u{1f600}",
  "__proto__",
  "a\u0001b",
);
export const texts = fc.array(text, { maxLength: 3 });
export const claims = fc
  .array(fc.tuple(text, text), { maxLength: 3 })
  .map((entries): Record<string, string> => Object.fromEntries(entries));
export const limit = fc.integer({ min: 0, max: 4 });
export const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** Added to the time of a change: clocks also go back. */
export const skewMs = fc.constantFrom(0, 0, 0, -10_000);
