/**
 * R1 over RPC and SCIM: SIGKILL in the middle of sixteen clients' mixed changes, several times on one file. What a client was
 * told is there; what it was not told is there whole or not at all. CRASH_ROUNDS and CRASH_SEED make it longer and
 * repeat its choices.
 */
import { randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { killAgainAndAgain, type Report, underWayAfter } from "./crash/rounds.ts";
import { sound } from "./support/database.ts";

const rounds = Number(process.env.CRASH_ROUNDS ?? 6);
const seed = Number(process.env.CRASH_SEED ?? randomInt(2 ** 31));
/** R1 asks for 2 s of a machine of its own; the tests of one run share two cores. */
const readyMsMax = 10_000;

let made: Promise<Report> | undefined;
/** All tests look at the same rounds; the first one waits for them. */
function report(): Promise<Report> {
  made ??= killAgainAndAgain(rounds, seed);
  return made;
}

describe(`after each of ${rounds} kills at work (CRASH_SEED=${seed})`, {
  timeout: 30_000 + rounds * 10_000,
}, () => {
  it("no call fails before the kill, and every kind of change is among the acknowledged", async ({
    annotate,
  }) => {
    const { unexpected, rounds: done, changes } = await report();
    expect(unexpected).toEqual([]);
    for (const { acknowledged } of done) expect(acknowledged).toBeGreaterThanOrEqual(underWayAfter);
    expect([...changes].toSorted()).toEqual([
      "activated user",
      "bulk",
      "created group",
      "created organization",
      "created personal_access_token",
      "created scim_configuration",
      "created sso_configuration",
      "created user",
      "deactivated user",
      "deleted group",
      "deleted organization",
      "deleted personal_access_token",
      "deleted scim_configuration",
      "deleted sso_configuration",
      "deleted user",
      "members_changed group",
      "token_regenerated scim_configuration",
      "updated group",
      "updated organization",
      "updated scim_configuration",
      "updated sso_configuration",
      "updated user",
    ]);
    const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
    await annotate(
      `${sum(done.map(({ acknowledged }) => acknowledged))} acknowledged, ` +
        `${sum(done.map(({ findings }) => findings.cut))} cut off, of which ` +
        `${sum(done.map(({ findings }) => findings.cutAndApplied))} had happened; ` +
        `ready after ${done.map(({ readyMs }) => Math.round(readyMs)).join(", ")} ms`,
    );
  });

  it("every acknowledged effect is there, field by field", async () => {
    for (const { findings } of (await report()).rounds) expect(findings.lost).toEqual([]);
  });

  it("nothing is there that was not asked for whole, and nothing without its event", async () => {
    for (const { findings } of (await report()).rounds) expect(findings.halfApplied).toEqual([]);
  });

  it("events have no gap, and are one to one with what was done, in its order", async () => {
    for (const { findings } of (await report()).rounds) expect(findings.events).toEqual([]);
  });

  it("the last acknowledged SCIM token is the live one", async () => {
    for (const { findings } of (await report()).rounds) expect(findings.staleTokens).toEqual([]);
  });

  it("every number that is kept is that of the rows", async () => {
    for (const { findings } of (await report()).rounds) expect(findings.counts).toEqual([]);
  });

  it("the database is sound", async () => {
    for (const { findings } of (await report()).rounds) expect(findings.soundness).toEqual(sound);
  });

  it("the service starts again by itself and answers with the same state", async () => {
    for (const { readyMs, answers } of (await report()).rounds) {
      expect(answers).toEqual([]);
      expect(readyMs).toBeLessThan(readyMsMax);
    }
  });

  it("a stop at the end is clean, and changes nothing any more", async () => {
    const { ended, clean, findings } = (await report()).end;
    expect({ code: ended.code, signal: ended.signal, clean }).toEqual({ code: 0, signal: null, clean: true });
    expect({ ...findings, soundness: undefined }).toEqual({
      lost: [],
      halfApplied: [],
      events: [],
      staleTokens: [],
      counts: [],
      cut: 0,
      cutAndApplied: 0,
    });
  });
});
