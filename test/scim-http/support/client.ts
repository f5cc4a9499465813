/** A small SCIM client: one token, one base, and answers as they come. */

export interface ScimAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed; undefined when there is none. */
  readonly json: unknown;
}

export type ScimHeaders = Readonly<Record<string, string>>;

export interface ScimRequest {
  /** Text and bytes are sent as they are, anything else as JSON; undefined: no body. */
  readonly body?: unknown;
  readonly headers?: ScimHeaders;
}

export interface ScimClient {
  /** Such as `http://127.0.0.1:1234/scim/v2`. */
  readonly base: string;
  readonly token: string | undefined;
  /** `path` comes after the base, with its query, as it goes over the wire. */
  send(method: string, path: string, request?: ScimRequest): Promise<ScimAnswer>;
  get(path: string, headers?: ScimHeaders): Promise<ScimAnswer>;
  post(path: string, body: unknown, headers?: ScimHeaders): Promise<ScimAnswer>;
  put(path: string, body: unknown, headers?: ScimHeaders): Promise<ScimAnswer>;
  /** The operations of a PatchOp message. */
  patch(path: string, operations: readonly unknown[], headers?: ScimHeaders): Promise<ScimAnswer>;
  del(path: string, headers?: ScimHeaders): Promise<ScimAnswer>;
  /** The list of resources that a filter selects: `filter("/Users", 'userName eq "x"', "&count=1")`. */
  filter(path: string, filter: string, more?: string): Promise<ScimAnswer>;
  /** The same server with another token. */
  as(token: string | undefined): ScimClient;
}

export const patchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

export function createScimClient(base: string, token: string | undefined): ScimClient {
  const send = async (method: string, path: string, request: ScimRequest = {}): Promise<ScimAnswer> => {
    const { body, headers = {} } = request;
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/scim+json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: encode(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parse(text) };
  };
  return {
    base,
    token,
    send,
    get: (path, headers = {}) => send("GET", path, { headers }),
    post: (path, body, headers = {}) => send("POST", path, { body, headers }),
    put: (path, body, headers = {}) => send("PUT", path, { body, headers }),
    patch: (path, operations, headers = {}) =>
      send("PATCH", path, { body: { schemas: [patchOp], Operations: operations }, headers }),
    del: (path, headers = {}) => send("DELETE", path, { headers }),
    filter: (path, filter, more = "") => send("GET", `${path}?filter=${encodeURIComponent(filter)}${more}`),
    as: (other) => createScimClient(base, other),
  };
}

function encode(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === "string") return body;
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
}

/** A body that is no JSON is text, for the assertion to show. */
function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
