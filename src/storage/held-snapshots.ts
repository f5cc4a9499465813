/**
 * Snapshots that are held while somebody takes their time with what is read: few at once, and each for a bounded time. Whoever
 * reads is as slow as the client behind them, and what a snapshot holds is everybody's: a connection, and on either engine the
 * space of what has been changed since.
 */
import { StorageError, shuttingDown } from "./errors.ts";
import type { HeldSnapshot, OperationFactory } from "./operation.ts";
import { createSlots } from "./slots.ts";

export const heldLimits = {
  /** For another to be given back. */
  waitMs: 3_000,
  /** After it, reads are refused, and what was held is given back whether or not anybody asks for more. */
  lifetimeMs: 60_000,
} as const;

/** An engine's own. */
export interface OpenSnapshot {
  /** One at a time. */
  read<Result>(operation: OperationFactory<Result>): Promise<Result>;
  /** Once, and not during a read. Never fails. */
  end(): Promise<void>;
}

export interface HeldSnapshots {
  /** @throws StorageError unavailable */
  hold(): Promise<HeldSnapshot>;
  /** Refuses what comes from now on, and ends those that are held, after the reads that they are in. */
  close(): Promise<void>;
}

export interface HeldOptions {
  readonly heldMax: number;
  readonly waitMs: number;
  readonly lifetimeMs: number;
}

export function createHeldSnapshots(
  open: () => Promise<OpenSnapshot>,
  { heldMax, waitMs, lifetimeMs }: HeldOptions,
): HeldSnapshots {
  const slots = createSlots(heldMax, waitMs);
  const opening = new Set<Promise<unknown>>();
  const held = new Set<Lease>();
  let closed = false;

  async function lend(): Promise<Lease> {
    await slots.take();
    try {
      const lease = createLease(await open(), lifetimeMs, () => {
        held.delete(lease);
        slots.give();
      });
      held.add(lease);
      return lease;
    } catch (error) {
      slots.give();
      throw error;
    }
  }

  return {
    async hold() {
      if (closed) throw shuttingDown();
      const lending = lend();
      opening.add(lending);
      try {
        return await lending;
      } finally {
        opening.delete(lending);
      }
    },
    async close() {
      closed = true;
      slots.refuseWaiting(shuttingDown());
      await Promise.allSettled(opening);
      await Promise.all([...held].map((lease) => lease.end(shuttingDown())));
    },
  };
}

interface Lease extends HeldSnapshot {
  /** Reads are refused from now on, for the first reason given; resolves when nothing is held any more. */
  end(reason: StorageError): Promise<void>;
}

function createLease(snapshot: OpenSnapshot, lifetimeMs: number, onEnd: () => void): Lease {
  let refusal: StorageError | undefined;
  let reading: Promise<unknown> | undefined;
  let ending: Promise<void> | undefined;
  const timer = setTimeout(() => void end(refused("a snapshot was held for too long")), lifetimeMs);

  function end(reason: StorageError): Promise<void> {
    refusal ??= reason;
    ending ??= finish();
    return ending;
  }

  async function finish(): Promise<void> {
    clearTimeout(timer);
    await Promise.allSettled([reading]);
    await snapshot.end();
    onEnd();
  }

  return {
    async read(operation) {
      if (refusal !== undefined) throw refusal;
      const result = snapshot.read(operation);
      reading = result;
      return await result;
    },
    end,
    [Symbol.asyncDispose]: () => end(refused("a snapshot was given back")),
  };
}

function refused(reason: string): StorageError {
  return new StorageError({ kind: "unavailable", reason });
}
