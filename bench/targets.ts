/** Where calls go, and what they send: told by the process that serves to the one that loads it. */
import { bytesOf, type Fields, fieldsOf, numberOf, textOf } from "./processes/fields.ts";

export interface Target {
  readonly path: string;
  readonly json: string;
  readonly binary: Uint8Array;
}

/** One port with what it serves. */
export interface Site {
  readonly port: number;
  readonly token: string;
  readonly targets: Readonly<Record<string, Target>>;
}

export function parseSite(fields: Fields): Site {
  const targets = fieldsOf(fields, "targets");
  return {
    port: numberOf(fields, "port"),
    token: textOf(fields, "token"),
    targets: Object.fromEntries(
      Object.keys(targets).map((name) => [name, parseTarget(fieldsOf(targets, name))]),
    ),
  };
}

export function parseTarget(fields: Fields): Target {
  return { path: textOf(fields, "path"), json: textOf(fields, "json"), binary: bytesOf(fields, "binary") };
}
