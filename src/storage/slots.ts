/** So many at once of what there is little of: others wait in their order, for a bounded time. */
import { StorageError } from "./errors.ts";

export interface Slots {
  /** @throws StorageError unavailable when none has become free in time */
  take(): Promise<void>;
  /** Once for each that was taken. */
  give(): void;
  /** Ends the wait of all who wait. */
  refuseWaiting(reason: StorageError): void;
}

interface Waiter {
  admit(): void;
  refuse(reason: StorageError): void;
}

export function createSlots(count: number, waitMs: number): Slots {
  let free = count;
  /** In the order in which they came. */
  const waiting = new Set<Waiter>();

  function wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        waiting.delete(waiter);
      };
      const waiter: Waiter = {
        admit() {
          leave();
          resolve();
        },
        refuse(reason) {
          leave();
          reject(reason);
        },
      };
      const timer = setTimeout(() => waiter.refuse(tooMany()), waitMs);
      waiting.add(waiter);
    });
  }

  return {
    async take() {
      if (free === 0) return await wait();
      free -= 1;
    },
    give() {
      const [next] = waiting;
      if (next === undefined) free += 1;
      else next.admit();
    },
    refuseWaiting(reason) {
      for (const waiter of waiting) waiter.refuse(reason);
    },
  };
}

function tooMany(): StorageError {
  return new StorageError({ kind: "unavailable", reason: "too many snapshots are held at the same time" });
}
