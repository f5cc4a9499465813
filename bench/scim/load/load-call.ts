/** Calls as the parent names them. */
import { type Fields, listOf, numberOf, textOf } from "../../processes/fields.ts";
import type { CallPlan, HttpCall } from "../calls.ts";

export interface LoadCall extends CallPlan {
  readonly port: number;
  readonly token: string;
}

export function parseLoadCall(fields: Fields): LoadCall {
  const { lists } = fields;
  if (!Array.isArray(lists)) throw new TypeError("lists: expected a list");
  return {
    port: numberOf(fields, "port"),
    token: textOf(fields, "token"),
    status: numberOf(fields, "status"),
    lists: lists.map((list: unknown) => listOf({ list }, "list", parseHttpCall)),
  };
}

const methods = ["GET", "POST", "PATCH"] as const;

function parseHttpCall(fields: Fields): HttpCall {
  const method = methods.find((known) => known === fields.method);
  if (method === undefined) throw new TypeError("method: expected one that is used");
  const body = fields.body === undefined ? undefined : textOf(fields, "body");
  return { method, path: textOf(fields, "path"), body };
}

export function originOf({ port }: LoadCall): string {
  return `http://127.0.0.1:${port}`;
}

export function headersOf({ token }: LoadCall): Record<string, string> {
  return { "content-type": "application/scim+json", authorization: `Bearer ${token}` };
}
