/** Replays a recorded sequence over HTTP against a running service. Every step is an assertion that says its name. */
import { expect } from "vitest";
import { at } from "../scim-http/support/json.ts";
import {
  createConfiguration,
  createOrganization,
  groupsOf,
  type Management,
  managementOf,
  membersOf,
  type Service,
} from "../scim-http/support/management.ts";
import { openWire, type Wire, type WireAnswer } from "../server/support/wire.ts";
import type { RequestStep, Sequence, StateStep } from "./sequence.ts";

/** An answer with everything in it that differs from one run to the next masked. */
export interface Recorded {
  readonly step: string;
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

interface Session {
  readonly service: Service;
  readonly wire: Wire;
  readonly token: string;
  readonly management: Management;
  readonly organizationId: string;
  readonly variables: Map<string, string>;
  readonly recorded: Recorded[];
}

/**
 * In a new organization, with a new configuration of its own.
 *
 * @param beforeEach called before every step: to let time pass
 */
export async function replay(
  service: Service,
  sequence: Sequence,
  beforeEach: () => void = () => {},
): Promise<readonly Recorded[]> {
  using wire = openWire(service.url, "1.1");
  const management = managementOf(service);
  const organizationId = await createOrganization(management, sequence.provider);
  const { token } = await createConfiguration(management, organizationId, sequence.provider);
  const variables = new Map([["base", `${service.url}/scim/v2`]]);
  const session = { service, wire, token, management, organizationId, variables, recorded: [] };
  for (const step of sequence.steps) {
    beforeEach();
    if (step.kind === "request") await runRequest(session, sequence, step);
    else await runState(session, step);
  }
  return maskAll(session);
}

async function runRequest(session: Session, sequence: Sequence, step: RequestStep): Promise<void> {
  const fill = (value: unknown): unknown => filled(value, session.variables);
  const answer = await session.wire.ask({
    method: step.method,
    path: String(fill(step.path)),
    headers: headersOf(session, sequence, step),
    body: step.body === undefined ? undefined : JSON.stringify(fill(step.body)),
  });
  session.recorded.push(record(step.name, answer));
  const text = answer.body.toString();
  const said = `${step.name}: ${answer.status} ${text}`;
  const { expected } = step;
  expect.soft(answer.status, said).toBe(expected.status);
  for (const [name, value] of Object.entries(expected.headers)) {
    expect.soft(answer.headers[name.toLowerCase()], `${step.name}: ${name}`).toBe(fill(value));
  }
  if (expected.empty) expect.soft(text, said).toBe("");
  if (text === "") {
    expect.soft(expected.body, said).toBeUndefined();
    return;
  }
  expect.soft(answer.headers["content-type"], said).toMatch(/^application\/scim\+json/);
  const json: unknown = JSON.parse(text);
  if (expected.body !== undefined) expect.soft(json, said).toMatchObject(objectOf(fill(expected.body)));
  for (const path of expected.absent) expect.soft(at(json, ...path.split("/")), said).toBeUndefined();
  // Of no answer to any provider (RFC 7643 section 2.5, and Entra's rules for schemas).
  expect.soft(text, said).not.toMatch(/"password"\s*:\s*"|:\s*null/);
  for (const [variable, path] of Object.entries(expected.capture)) {
    const value = at(json, ...path.split("/"));
    if (typeof value !== "string") throw new Error(`nothing to capture at ${path}: ${said}`);
    session.variables.set(variable, value);
  }
}

/** Nothing that the provider does not send: no User-Agent, Accept or Content-Type of ours. */
function headersOf({ token, variables }: Session, sequence: Sequence, step: RequestStep) {
  const { "Content-Type": contentType, ...common } = sequence.headers;
  const headers = {
    ...common,
    ...(step.body === undefined || contentType === undefined ? {} : { "Content-Type": contentType }),
    Authorization: `Bearer ${token}`,
    ...step.headers,
  };
  const entries = Object.entries(headers).map(([name, value]) => [name, String(filled(value, variables))]);
  return Object.fromEntries(entries);
}

async function runState(session: Session, step: StateStep): Promise<void> {
  const { management, organizationId, variables } = session;
  const members = await membersOf(management, organizationId);
  const emails = new Map(members.map(({ id, email }) => [id, email]));
  const groups = (await groupsOf(management, organizationId)).map((group) => ({
    ...group,
    members: group.members.map((id) => emails.get(id) ?? id).toSorted(),
  }));
  const expected = objectOf(filled({ members: step.members, groups: step.groups }, variables));
  expect.soft({ members, groups }, step.name).toMatchObject(expected);
}

/** The value with every `{variable}` in its texts filled in. @throws for one that no step has captured */
function filled(value: unknown, variables: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") {
    return value.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
      const known = variables.get(name);
      if (known === undefined) throw new Error(`no step has captured {${name}}`);
      return known;
    });
  }
  if (Array.isArray(value)) return value.map((each) => filled(each, variables));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each, variables)]));
}

function objectOf(value: unknown): object {
  if (typeof value !== "object" || value === null) throw new Error("an object is expected");
  return value;
}

const comparedHeaders = ["content-type", "etag", "location", "content-location", "allow", "www-authenticate"];

function record(step: string, { status, headers, body }: WireAnswer): Recorded {
  const compared = comparedHeaders.flatMap((name) =>
    headers[name] === undefined ? [] : `${name}: ${headers[name]}`,
  );
  return { step, status, headers: compared, body: body.toString() };
}

const id = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}";
/** Of users they are made from the ids of groups. In a header, and escaped in a body. */
const version = '(?<=etag: )"[^"]+"|(?<="version":")\\\\"[^"]+\\\\"';

/** Ids and versions become <1>, <2>, … in the order of their appearance; the port is nobody's business. */
function maskAll({ recorded, service }: Session): readonly Recorded[] {
  const names = new Map<string, string>();
  const mask = (text: string): string =>
    text
      .replaceAll(service.url, "http://service")
      .replaceAll(new RegExp(`${id}|${version}`, "g"), (found) => {
        const key = found.replaceAll("\\", "");
        const name = names.get(key) ?? `<${names.size + 1}>`;
        names.set(key, name);
        return name;
      });
  return recorded.map(({ step, status, headers, body }) => ({
    step,
    status,
    headers: headers.map(mask),
    body: mask(body),
  }));
}
