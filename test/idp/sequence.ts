/** Recorded provider sequences as they are written in this folder's JSON files, read strictly: a slip fails the run. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Sequence {
  readonly file: string;
  /** As in `Okta, an app of the App Integration Wizard`. */
  readonly provider: string;
  /** Of every request; a step's own come on top. */
  readonly headers: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export type Step = RequestStep | StateStep;

/** `{variable}` in path, headers, body and expectation stands for what an earlier step captured, or for `base`. */
export interface RequestStep {
  readonly kind: "request";
  readonly name: string;
  readonly method: string;
  /** With the query, exactly as it goes over the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly expected: Expected;
}

export interface Expected {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** What the body has at least; lists have as many elements. Undefined: anything. */
  readonly body: unknown;
  /** Paths such as `Resources/0/members` that lead nowhere. */
  readonly absent: readonly string[];
  /** There is no body. */
  readonly empty: boolean;
  /** Path in the body by variable. */
  readonly capture: Readonly<Record<string, string>>;
}

/** What the management API shows of the whole organization. */
export interface StateStep {
  readonly kind: "state";
  readonly name: string;
  /** Each with some of id, email, fullName, status, role; by email. */
  readonly members: readonly unknown[];
  /** Each with some of id, name, systemManaged, memberCount, and `members` by email; by name. */
  readonly groups: readonly unknown[];
}

/** @throws when there is no file, or one that is empty or malformed */
export function readSequences(folder: string): readonly Sequence[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  if (files.length === 0) throw new Error(`no sequences in ${folder}`);
  return files.toSorted().map((file) => readSequence(file, readFileSync(join(folder, file), "utf8")));
}

/** @throws when it is empty or malformed */
export function readSequence(file: string, text: string): Sequence {
  const fields = fieldsOf(JSON.parse(text), file, ["provider", "headers", "steps"]);
  const steps = listOf(fields.get("steps"), `${file}: steps`).map((step, index) =>
    readStep(step, `${file}: step ${index + 1}`),
  );
  if (steps.length === 0) throw new Error(`${file} has no steps`);
  return {
    file,
    provider: textOf(fields.get("provider"), `${file}: provider`),
    headers: textsOf(fields.get("headers"), `${file}: headers`),
    steps,
  };
}

function readStep(step: unknown, where: string): Step {
  const fields = fieldsOf(step, where, ["name", "send", "headers", "body", "expect", "state"]);
  const name = textOf(fields.get("name"), `${where}: name`);
  if (fields.has("state")) {
    const state = fieldsOf(fields.get("state"), `${where}: state`, ["members", "groups"]);
    const members = listOf(state.get("members"), `${where}: members`);
    return { kind: "state", name, members, groups: listOf(state.get("groups"), `${where}: groups`) };
  }
  const [method = "", path = "", ...rest] = textOf(fields.get("send"), `${where}: send`).split(" ");
  if (!path.startsWith("/") || rest.length > 0) throw new Error(`${where}: send is no request line`);
  return {
    kind: "request",
    name,
    method,
    path,
    headers: textsOf(fields.get("headers"), `${where}: headers`),
    body: fields.get("body"),
    expected: readExpected(fields.get("expect"), `${where}: expect`),
  };
}

function readExpected(expected: unknown, where: string): Expected {
  const names = ["status", "headers", "body", "absent", "empty", "capture"];
  const fields = fieldsOf(expected, where, names);
  const status = fields.get("status");
  if (typeof status !== "number") throw new Error(`${where}: no status`);
  const absent = fields.get("absent") ?? [];
  return {
    status,
    headers: textsOf(fields.get("headers"), `${where}: headers`),
    body: fields.get("body"),
    absent: listOf(absent, `${where}: absent`).map((path) => textOf(path, `${where}: absent`)),
    empty: fields.get("empty") === true,
    capture: textsOf(fields.get("capture"), `${where}: capture`),
  };
}

function fieldsOf(value: unknown, where: string, known: readonly string[]): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null) throw new Error(`${where} is no object`);
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`${where}: what is ${unknown.join(", ")}?`);
  return new Map(Object.entries(value));
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${where} is no list`);
  return value;
}

function textOf(value: unknown, where: string): string {
  if (typeof value !== "string" || value === "") throw new Error(`${where} is no text`);
  return value;
}

function textsOf(value: unknown, where: string): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null) throw new Error(`${where} is no object`);
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, textOf(text, where)]));
}
