import { type Duration, type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";

export function toTimestamp(ms: number): Timestamp {
  return timestampFromMs(ms);
}

/** Whole seconds: the fraction, which no lifetime needs, is dropped. */
export function toSeconds(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : Number(duration.seconds);
}

/** Part of a millisecond counts as one: 0 asks for the default, which the shortest lifetime must not become. */
export function toMilliseconds(duration: Duration | undefined): number | undefined {
  return duration === undefined
    ? undefined
    : Number(duration.seconds) * 1000 + Math.ceil(duration.nanos / 1e6);
}
