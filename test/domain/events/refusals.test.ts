// However often a credential is refused, its organization's log gets a row at the first, and one a minute after that.
import { describe, expect, it, vi } from "vitest";
import type { OrganizationId, PersonalAccessTokenId, UserId } from "../../../src/base/ids.ts";
import { createIdGenerator } from "../../../src/base/uuidv7.ts";
import { createRefusalLog, type RefusalLogOptions } from "../../../src/domain/events/refusals.ts";
import { notFound, shuttingDown } from "../../../src/storage/errors.ts";
import type { Audit, KnownCredential } from "../../../src/storage/records.ts";
import type { Refusal, Storage } from "../../../src/storage/storage.ts";
import { ManualClock } from "../../support/clock.ts";
import { sqliteMemoryStore } from "../../support/storage-sqlite.ts";

interface Row extends Refusal, Pick<Audit, "actorId" | "requestId" | "atMs"> {}

const windowMs = 60;

/** A log whose rows go nowhere but here, or fail as `fault` says. */
async function createLog(options: Partial<RefusalLogOptions> = {}) {
  const clock = new ManualClock();
  const ids = createIdGenerator(clock);
  const { storage } = await sqliteMemoryStore();
  const rows: Row[] = [];
  const errors: unknown[] = [];
  const state: { fault: Error | undefined; held: Promise<void> | undefined } = {
    fault: undefined,
    held: undefined,
  };
  const appendRefusal: Storage["events"]["appendRefusal"] = async (_organizationId, refusal, audit) => {
    await state.held;
    if (state.fault !== undefined) throw state.fault;
    const { actorId, requestId, atMs } = audit;
    rows.push({ ...refusal, actorId, requestId, atMs });
  };
  vi.spyOn(storage.events, "appendRefusal").mockImplementation(appendRefusal);
  const onError = (error: unknown): void => void errors.push(error);
  const log = createRefusalLog({ storage, ids, clock }, { windowMs, onError, ...options });
  const credential = (): KnownCredential => ({
    organizationId: ids.next<OrganizationId>(),
    actorId: ids.next<UserId>(),
    actorPrincipal: "user",
    subjectType: "personal_access_token",
    subjectId: ids.next<PersonalAccessTokenId>(),
  });
  const noteTimes = (count: number, known: KnownCredential): void => {
    for (let n = 1; n <= count; n += 1) log.note(known, "authentication_failed", `request ${n}`);
  };
  return { log, clock, rows, errors, state, credential, noteTimes };
}

const written = (rows: readonly Row[], count: number) => vi.waitFor(() => expect(rows).toHaveLength(count));

describe("refusals of one actor", () => {
  it("are a row at the first, and one for all that followed when the minute is over", async () => {
    const { log, clock, rows, credential, noteTimes } = await createLog();
    const known = credential();
    noteTimes(1_000, known);
    await written(rows, 1);
    expect(rows[0]).toMatchObject({
      action: "authentication_failed",
      occurrences: 1,
      actorId: known.actorId,
      subjectId: known.subjectId,
      requestId: "request 1",
    });
    clock.advance(windowMs);
    await written(rows, 2);
    expect(rows[1]).toMatchObject({ occurrences: 999, requestId: "request 1000", atMs: clock.nowMs() });
    await log.close();
  });

  it("are counted into the row of the next one, when that comes before anybody looks", async () => {
    const { log, clock, rows, credential, noteTimes } = await createLog({ windowMs: 60_000 });
    const known = credential();
    noteTimes(10, known);
    clock.advance(60_000);
    noteTimes(1, known);
    await written(rows, 2);
    expect(rows.map(({ occurrences }) => occurrences)).toEqual([1, 10]);
    await log.close();
  });

  it("end with the minute in which none came: the next one is a first again", async () => {
    const { log, clock, rows, credential, noteTimes } = await createLog();
    const known = credential();
    noteTimes(1, known);
    clock.advance(windowMs);
    await new Promise((resolve) => setTimeout(resolve, windowMs));
    noteTimes(1, known);
    await written(rows, 2);
    expect(rows.map(({ occurrences }) => occurrences)).toEqual([1, 1]);
    await log.close();
  });

  it("do not wait for ever after the clock was set back", async () => {
    const { log, clock, rows, credential, noteTimes } = await createLog({ windowMs: 60_000 });
    const known = credential();
    noteTimes(2, known);
    clock.advance(-3_600_000);
    noteTimes(1, known);
    await written(rows, 2);
    expect(rows[1]?.occurrences).toBe(2);
    await log.close();
  });

  it("are apart by action, and apart from other actors'", async () => {
    const { log, rows, credential } = await createLog();
    const [one, two] = [credential(), credential()];
    for (const known of [one, two, one]) {
      log.note(known, "authentication_failed", "request");
      log.note(known, "permission_denied", "request");
    }
    await written(rows, 4);
    await log.close();
    const countOf = (known: KnownCredential, action: string): number =>
      rows
        .filter((row) => row.actorId === known.actorId && row.action === action)
        .reduce((sum, { occurrences }) => sum + occurrences, 0);
    for (const action of ["authentication_failed", "permission_denied"]) {
      expect([countOf(one, action), countOf(two, action)]).toEqual([2, 1]);
    }
  });
});

describe("what is noted", () => {
  it("is kept of so many actors and no more, however many there are", async () => {
    const { log, rows, credential } = await createLog({ keysMax: 10 });
    for (let n = 0; n < 100; n += 1) log.note(credential(), "authentication_failed", "request");
    await log.close();
    expect(rows).toHaveLength(10);
  });

  it("is written one row at a time", async () => {
    const { log, rows, state, credential } = await createLog();
    const { promise, resolve } = Promise.withResolvers<void>();
    state.held = promise;
    for (let n = 0; n < 20; n += 1) log.note(credential(), "authentication_failed", "request");
    await new Promise((next) => setImmediate(next));
    expect(rows).toEqual([]);
    resolve();
    await written(rows, 20);
    await log.close();
  });

  it("is counted on while the database is away, and written afterwards", async () => {
    const { log, clock, rows, errors, state, credential, noteTimes } = await createLog();
    state.fault = shuttingDown();
    noteTimes(5, credential());
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    state.fault = undefined;
    clock.advance(windowMs);
    await written(rows, 1);
    expect(rows[0]?.occurrences).toBe(5);
    await log.close();
  });

  it("is forgotten with its organization, without a complaint", async () => {
    const { log, rows, errors, state, credential, noteTimes } = await createLog();
    state.fault = notFound("organization");
    noteTimes(1, credential());
    await log.close();
    expect([rows, errors]).toEqual([[], []]);
  });

  it("is written at the end, when it was only counted until then", async () => {
    const { log, rows, credential, noteTimes } = await createLog();
    noteTimes(7, credential());
    await log.close();
    expect(rows.map(({ occurrences }) => occurrences)).toEqual([1, 6]);
  });

  it("does not hold up the end for long when the database answers nothing", async () => {
    const { log, rows, state, credential, noteTimes } = await createLog({ closeMaxMs: 20 });
    state.held = new Promise(() => {});
    noteTimes(1, credential());
    await log.close();
    expect(rows).toEqual([]);
  });
});
