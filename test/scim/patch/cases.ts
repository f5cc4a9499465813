// The fixtures: tables of what a PATCH comes to, one file per source.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ScimType } from "../../../src/scim/error.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../../src/scim/json.ts";
import type { ResourceTypeName } from "../../../src/scim/schema/attribute.ts";
import { messageOf } from "./support.ts";

export interface Table {
  /** Whose requests these are, or which section of the RFC says what they mean. */
  readonly source: string;
  readonly cases: readonly Case[];
}

export interface Case {
  readonly name: string;
  readonly type: ResourceTypeName;
  /** Canonical attributes. */
  readonly given: JsonObject;
  readonly body: JsonValue;
  readonly outcome: Outcome;
}

export type Outcome =
  | { readonly kind: "attributes"; readonly attributes: JsonObject; readonly members: JsonValue }
  | { readonly kind: "unchanged"; readonly members: JsonValue }
  | { readonly kind: "error"; readonly status: number; readonly scimType: ScimType };

const folder = join(import.meta.dirname, "fixtures");

export function readTables(): readonly Table[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => readTable(name, JSON.parse(readFileSync(join(folder, name), "utf8"))));
}

function readTable(file: string, { source, cases }: { source?: unknown; cases?: JsonValue }): Table {
  if (typeof source !== "string" || !isJsonArray(cases)) throw new Error(`${file} is no table`);
  return { source, cases: cases.map((each) => readCase(file, each)) };
}

const keys = ["name", "type", "given", "operations", "body", "expected", "unchanged", "members", "error"];

function readCase(file: string, row: JsonValue): Case {
  if (!isJsonObject(row) || typeof row.name !== "string") throw new Error(`${file} has a row without a name`);
  const unknown = Object.keys(row).filter((key) => !keys.includes(key));
  if (unknown.length > 0) throw new Error(`${file}, ${row.name}: ${unknown.join()} is no part of a row`);
  const { name, type = "User", given, body = bodyOf(`${file}, ${row.name}`, row.operations) } = row;
  if (type !== "User" && type !== "Group") throw new Error(`${file}, ${name}: no such type`);
  if (!isJsonObject(given)) throw new Error(`${file}, ${name}: nothing is given`);
  return { name, type, given, body, outcome: readOutcome(`${file}, ${name}`, row) };
}

function bodyOf(where: string, operations: JsonValue | undefined): JsonValue {
  if (!isJsonArray(operations)) throw new Error(`${where}: a row needs operations or a body`);
  return messageOf(operations);
}

const errors: readonly ScimType[] = [
  ...(["invalidFilter", "invalidPath", "invalidSyntax", "invalidValue"] as const),
  ...(["mutability", "noTarget", "sensitive", "tooMany"] as const),
];

function readOutcome(where: string, row: JsonObject): Outcome {
  const { expected, unchanged, error, members = null } = row;
  const outcomes = [expected, unchanged, error].filter((each) => each !== undefined);
  if (outcomes.length !== 1) throw new Error(`${where}: a row has one outcome`);
  if (isJsonObject(expected)) return { kind: "attributes", attributes: expected, members };
  if (unchanged === true) return { kind: "unchanged", members };
  const scimType = isJsonObject(error) ? errors.find((each) => each === error.scimType) : undefined;
  if (!isJsonObject(error) || typeof error.status !== "number" || scimType === undefined) {
    throw new Error(`${where}: no such error`);
  }
  return { kind: "error", status: error.status, scimType };
}
