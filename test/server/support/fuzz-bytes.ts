/** What may happen to the bytes of a good message. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { envelope } from "./calls.ts";

export type Mutation = (bytes: Buffer) => Buffer;
export const unchanged: Mutation = (bytes) => bytes;

const anyBytes = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));
/** Of a length that is not known yet. */
export const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (share: number, bytes: Buffer): number => Math.floor(share * bytes.length);

export const byteMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(
    ([share, bit]): Mutation =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        const index = Math.min(at(share, copy), copy.length - 1);
        if (index >= 0) copy.writeUInt8(copy.readUInt8(index) ^ (1 << bit), index);
        return copy;
      },
  ),
  place.map(
    (share): Mutation =>
      (bytes) =>
        bytes.subarray(0, at(share, bytes)),
  ),
  place.map(
    (share): Mutation =>
      (bytes) =>
        bytes.subarray(at(share, bytes)),
  ),
  fc.tuple(place, anyBytes).map(
    ([share, inserted]): Mutation =>
      (bytes) => {
        return Buffer.concat([
          bytes.subarray(0, at(share, bytes)),
          inserted,
          bytes.subarray(at(share, bytes)),
        ]);
      },
  ),
  fc.tuple(place, place).map(
    ([from, to]): Mutation =>
      (bytes) => {
        return Buffer.concat([
          bytes,
          bytes.subarray(at(Math.min(from, to), bytes), at(Math.max(from, to), bytes)),
        ]);
      },
  ),
  anyBytes.map(
    (replacement): Mutation =>
      () =>
        replacement,
  ),
  fc.integer({ min: 1, max: 50 }).map(
    (times): Mutation =>
      (bytes) =>
        Buffer.concat(Array(times).fill(bytes)),
  ),
);

/** One value in the JSON replaced by another, or one name by another. */
export const jsonMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(8), fc.json({ maxDepth: 4 })).map(
    ([skip, json]): Mutation =>
      (bytes) => {
        return replaceNth(bytes, /(?<=:)(?:"[^"]*"|true|false|-?\d+)/g, skip, json);
      },
  ),
  fc.tuple(fc.nat(8), fc.json({ maxDepth: 0 })).map(
    ([skip, json]): Mutation =>
      (bytes) => {
        return replaceNth(bytes, /"[^"]*"(?=:)/g, skip, json.startsWith('"') ? json : `"${json}"`);
      },
  ),
  fc.integer({ min: 1, max: 400 }).map(
    (depth): Mutation =>
      (bytes) => {
        return Buffer.from(`${'{"a":'.repeat(depth)}${bytes.toString()}${"}".repeat(depth)}`);
      },
  ),
);

function replaceNth(bytes: Buffer, pattern: RegExp, skip: number, replacement: string): Buffer {
  let left = skip;
  return Buffer.from(
    bytes.toString().replace(pattern, (found) => {
      left -= 1;
      return left === -1 ? replacement : found;
    }),
  );
}

/** Around the message, for the protocols that have envelopes. */
export const framing: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.constant((bytes: Buffer) => envelope(bytes)) },
  {
    weight: 1,
    arbitrary: fc.nat(255).map(
      (flags): Mutation =>
        (bytes) =>
          envelope(bytes, flags),
    ),
  },
  { weight: 1, arbitrary: fc.constant((bytes: Buffer) => envelope(gzipSync(bytes), 1)) },
  { weight: 1, arbitrary: fc.constant((bytes: Buffer) => Buffer.concat([envelope(bytes), envelope(bytes)])) },
  {
    weight: 1,
    arbitrary: fc.nat(0xffffffff).map(
      (length): Mutation =>
        (bytes) => {
          const framed = envelope(bytes);
          framed.writeUInt32BE(length, 1);
          return framed;
        },
    ),
  },
  { weight: 1, arbitrary: fc.constant(unchanged) },
);
