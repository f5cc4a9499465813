/** What to call, and how: as the parent asks for it. */
import { type Fields, listOf, numbersOf, textOf } from "../processes/fields.ts";
import { parseTarget, type Target } from "../targets.ts";
import type { Recorder } from "./recorder.ts";

export const protocols = ["connect", "grpc"] as const;
/** Connect with JSON over HTTP/1.1, or gRPC with protobuf over HTTP/2. */
export type Protocol = (typeof protocols)[number];

export interface Call {
  readonly protocol: Protocol;
  /** Callers take turns over them, and over the targets, which have one path. */
  readonly ports: readonly number[];
  readonly targets: readonly Target[];
}

export function parseCall(fields: Fields): Call {
  const name = textOf(fields, "protocol");
  const protocol = protocols.find((known) => known === name);
  if (protocol === undefined) throw new TypeError(`no such protocol: ${name}`);
  return {
    protocol,
    ports: numbersOf(fields, "ports"),
    targets: listOf(fields, "targets", parseTarget),
  };
}

/** What the caller of this number gets. */
export function turn<T>(items: readonly T[], caller: number): T {
  const item = items[caller % items.length];
  if (item === undefined) throw new Error("nothing to choose from");
  return item;
}

/** Callers at work: each sends its next request when it has the answer to its last one. */
export interface Load {
  stop(): Promise<void>;
}

export type StartLoad = (call: Call, callers: number, recorder: Recorder) => Load;
