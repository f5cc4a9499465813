/** How many snapshots are held, how long one is waited for and how long it lasts, without a database. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StorageError } from "../../src/storage/errors.ts";
import {
  createHeldSnapshots,
  type HeldSnapshots,
  type OpenSnapshot,
} from "../../src/storage/held-snapshots.ts";
import { first, type HeldSnapshot, type Operation } from "../../src/storage/operation.ts";
import { faultOf } from "../support/storage-harness.ts";

const heldMax = 2;
const waitMs = 3_000;
const lifetimeMs = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An engine that counts, and whose next steps can be made to wait or to fail. */
class Engine {
  open = 0;
  ended = 0;
  failure: Error | undefined;
  opening: Promise<void> | undefined;
  reading: Promise<void> | undefined;

  async begin(): Promise<OpenSnapshot> {
    await this.opening;
    if (this.failure !== undefined) throw this.failure;
    this.open += 1;
    return {
      read: async (operation) => {
        await this.reading;
        return finish(operation());
      },
      end: async () => {
        this.open -= 1;
        this.ended += 1;
      },
    };
  }
}

/** Each statement finds one row. */
function finish<Result>(operation: Operation<Result>): Result {
  let next = operation.next();
  while (!next.done) next = operation.next({ rows: [{}], changes: 0 });
  return next.value;
}

const one = () => first({ sql: "SELECT 1", decode: () => 1 });

function createHeld(): { readonly engine: Engine; readonly held: HeldSnapshots } {
  const engine = new Engine();
  return { engine, held: createHeldSnapshots(() => engine.begin(), { heldMax, waitMs, lifetimeMs }) };
}

const giveBack = (snapshot: HeldSnapshot): Promise<void> => Promise.resolve(snapshot[Symbol.asyncDispose]());
const unavailable = (reason: RegExp) => ({ kind: "unavailable", reason: expect.stringMatching(reason) });

describe("held snapshots", () => {
  it("are read until they are given back, which counts once", async () => {
    const { engine, held } = createHeld();
    const snapshot = await held.hold();
    expect(await snapshot.read(one)).toBe(1);
    await Promise.all([giveBack(snapshot), giveBack(snapshot)]);
    expect(await faultOf(snapshot.read(one))).toEqual(unavailable(/given back/));
    expect(engine).toMatchObject({ open: 0, ended: 1 });
  });

  it("are so many at once, and who waits gets the one that is given back, in their order", async () => {
    const { engine, held } = createHeld();
    const [earlier, later] = await Promise.all([held.hold(), held.hold()]);
    const got: string[] = [];
    const waiting = ["a", "b"].map(async (name) => {
      const snapshot = await held.hold();
      got.push(name);
      return snapshot;
    });
    await vi.advanceTimersByTimeAsync(waitMs - 1);
    expect({ got, open: engine.open }).toEqual({ got: [], open: heldMax });
    await giveBack(earlier);
    await waiting[0];
    expect({ got, open: engine.open }).toEqual({ got: ["a"], open: heldMax });
    await giveBack(later);
    await waiting[1];
    expect({ got, open: engine.open }).toEqual({ got: ["a", "b"], open: heldMax });
  });

  it("are waited for for a time", async () => {
    const { held } = createHeld();
    const [snapshot] = await Promise.all([held.hold(), held.hold()]);
    const refused = faultOf(held.hold());
    await vi.advanceTimersByTimeAsync(waitMs);
    expect(await refused).toEqual(unavailable(/too many/));
    // What is given back later is not lost to who has gone.
    await giveBack(snapshot);
    expect(await (await held.hold()).read(one)).toBe(1);
  });

  it("that cannot be begun take nobody's place", async () => {
    const { engine, held } = createHeld();
    engine.failure = new StorageError({ kind: "unavailable", reason: "gone" });
    for (let time = 0; time <= heldMax; time += 1) {
      expect(await faultOf(held.hold())).toEqual(unavailable(/gone/));
    }
    engine.failure = undefined;
    await Promise.all(Array.from({ length: heldMax }, () => held.hold()));
    expect(engine.open).toBe(heldMax);
  });

  it("end by themselves after their time, whether or not anybody reads", async () => {
    const { engine, held } = createHeld();
    const snapshot = await held.hold();
    await vi.advanceTimersByTimeAsync(lifetimeMs - 1);
    expect(await snapshot.read(one)).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(engine).toMatchObject({ open: 0, ended: 1 });
    expect(await faultOf(snapshot.read(one))).toEqual(unavailable(/too long/));
    await giveBack(snapshot);
    expect(engine.ended).toBe(1);
  });

  it("end after the read that they are in", async () => {
    const { engine, held } = createHeld();
    const snapshot = await held.hold();
    const { promise, resolve } = Promise.withResolvers<void>();
    engine.reading = promise;
    const result = snapshot.read(one);
    await vi.advanceTimersByTimeAsync(lifetimeMs);
    expect(engine.open).toBe(1);
    resolve();
    expect(await result).toBe(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(engine.open).toBe(0);
  });

  it("leave no timer behind", async () => {
    const { held } = createHeld();
    const snapshots = await Promise.all([held.hold(), held.hold()]);
    const waiting = held.hold();
    await Promise.all(snapshots.map(giveBack));
    await giveBack(await waiting);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("closing them", () => {
  it("ends those that are held, and refuses those who wait and those who come", async () => {
    const { engine, held } = createHeld();
    const [snapshot] = await Promise.all([held.hold(), held.hold()]);
    const waiting = faultOf(held.hold());
    await held.close();
    expect(engine.open).toBe(0);
    const refusals = [waiting, faultOf(held.hold()), faultOf(snapshot.read(one))];
    for (const fault of await Promise.all(refusals)) expect(fault).toEqual(unavailable(/shutting down/));
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends those that are just being begun", async () => {
    const { engine, held } = createHeld();
    const { promise, resolve } = Promise.withResolvers<void>();
    engine.opening = promise;
    const beginning = held.hold();
    const closing = held.close();
    resolve();
    await closing;
    expect(engine).toMatchObject({ open: 0, ended: 1 });
    expect(await faultOf((await beginning).read(one))).toEqual(unavailable(/shutting down/));
  });
});
