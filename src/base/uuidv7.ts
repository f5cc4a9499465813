import { randomFillSync } from "node:crypto";
import type { Clock } from "./clock.ts";
import { type AnyId, parseId } from "./ids.ts";

/** Makes fresh ids. */
export interface IdGenerator {
  next<T extends AnyId>(): T;
}

const counterMax = 0xfff;

/**
 * UUIDs of version 7 (RFC 9562 section 5.7) that only ever grow within this process: lists are
 * ordered by id, and `crypto.randomUUIDv7` does not order ids of the same millisecond. The 12 bits of
 * `rand_a` count within a millisecond (section 6.2, method 1); on overflow, or when the clock steps
 * back, the last timestamp is kept or advanced by one.
 */
export function createIdGenerator(clock: Clock): IdGenerator {
  let lastMs = 0;
  let counter = 0;
  const random = Buffer.alloc(8);

  function tick(): void {
    const nowMs = clock.nowMs();
    if (nowMs > lastMs) {
      lastMs = nowMs;
      counter = 0;
      return;
    }
    counter += 1;
    if (counter <= counterMax) return;
    lastMs += 1;
    counter = 0;
  }

  return {
    next<T extends AnyId>(): T {
      tick();
      const time = lastMs.toString(16).padStart(12, "0");
      const count = counter.toString(16).padStart(3, "0");
      randomFillSync(random);
      random[0] = ((random[0] ?? 0) & 0x3f) | 0x80;
      const tail = random.toString("hex");
      return parseId<T>(
        `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${tail.slice(0, 4)}-${tail.slice(4)}`,
      );
    },
  };
}
