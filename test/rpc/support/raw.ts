/** Requests below the generated clients, and what they leave behind. */
import { Code, type ConnectError } from "@connectrpc/connect";
import { parseId } from "../../../src/base/ids.ts";
import type { AuditEvent } from "../../../src/storage/records.ts";
import type { TestServer } from "../../support/server.ts";

export interface RawRequest {
  readonly token?: string;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A Connect call in JSON over HTTP/1.1. `path` is all that comes after the host. */
export async function send(server: TestServer, path: string, request: RawRequest = {}): Promise<RawAnswer> {
  const { token, body = {}, headers = {}, method = "POST" } = request;
  const response = await fetch(server.url + path, {
    method,
    headers: {
      "Content-Type": "application/json",
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(method === "GET" ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The field of a JSON object, at any depth: `fieldOf(answer, "pagination", "nextToken")`. */
export function fieldOf({ text }: RawAnswer, ...path: readonly string[]): unknown {
  let value: unknown = JSON.parse(text);
  for (const name of path) {
    value =
      typeof value === "object" && value !== null
        ? Object.entries(value).find(([key]) => key === name)?.[1]
        : undefined;
  }
  return value;
}

/** The changes in the organization's log, and not what was refused, which is written beside the requests. */
export async function eventsOf(server: TestServer, organizationId: string): Promise<readonly AuditEvent[]> {
  const events = await server.app.context.storage.events.list(parseId(organizationId), 0, 1000);
  return events.filter(({ action }) => action !== "permission_denied" && action !== "authentication_failed");
}

/** As in `scim_configuration updated`, in commit order. */
export async function actionsOf(server: TestServer, organizationId: string): Promise<string[]> {
  const events = await eventsOf(server, organizationId);
  return events.map(({ subjectType, action }) => `${subjectType} ${action}`);
}

/** All that a caller can see, except what is new in every answer. */
export function visible({ status, headers, text }: RawAnswer): {
  status: number;
  headers: string[];
  text: string;
} {
  const kept = [...headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  return { status, text, headers: kept.map(([name, value]) => `${name}: ${value}`).toSorted() };
}

/** The same of an error that a client of any protocol got. */
export function visibleError(error: ConnectError): {
  code: string;
  message: string;
  details: string;
  headers: string[];
} {
  const kept = [...error.metadata].filter(([name]) => name !== "date" && name !== "x-request-id");
  return {
    code: Code[error.code],
    message: error.rawMessage,
    details: JSON.stringify(error.details, (_key, value: unknown) =>
      ArrayBuffer.isView(value)
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")
        : value,
    ),
    headers: kept.map(([name, value]) => `${name}: ${value}`).toSorted(),
  };
}
