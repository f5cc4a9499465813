/** Where calls go, and what they send: told by the process that serves to the one that loads it. */
import { bytesOf, type Fields, fieldsOf, listOf, numberOf, textOf } from "./processes/fields.ts";

/** A call, and the credential that it is made with. */
export interface Target {
  readonly token: string;
  readonly path: string;
  readonly json: string;
  readonly binary: Uint8Array;
}

/** One port with what it serves: by name, what callers call, who take turns where there are several. */
export interface Site {
  readonly port: number;
  readonly targets: Readonly<Record<string, readonly Target[]>>;
}

export function parseSite(fields: Fields): Site {
  const targets = fieldsOf(fields, "targets");
  return {
    port: numberOf(fields, "port"),
    targets: Object.fromEntries(
      Object.keys(targets).map((name) => [name, listOf(targets, name, parseTarget)]),
    ),
  };
}

export function parseTarget(fields: Fields): Target {
  return {
    token: textOf(fields, "token"),
    path: textOf(fields, "path"),
    json: textOf(fields, "json"),
    binary: bytesOf(fields, "binary"),
  };
}
