import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ownValue,
} from "../../../src/scim/json.ts";
import { parseJson } from "../../../src/scim/parse-json.ts";
import type { ResourceType } from "../../../src/scim/schema/attribute.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";

/** A row of a table of cases, read by the names that its table documents. What is not as expected fails the run. */
export interface Row {
  /** What the row shows. */
  readonly name: string;
  readonly type: ResourceType;
  has(key: string): boolean;
  value(key: string): JsonValue;
  object(key: string): JsonObject;
  text(key: string): string;
}

/** The rows of `test/scim/fixtures/<file>`: `[{"name": …, "type": "User" | "Group", …}]`. A table without rows is an error. */
export function readRows(file: string): readonly Row[] {
  const rows = readFixture(file);
  if (!isJsonArray(rows) || rows.length === 0) throw new Error(`${file} has no rows`);
  return rows.map((row, index) => toRow(`${file}[${index}]`, row));
}

export function readFixture(file: string): JsonValue {
  return parseJson(readFileSync(join(import.meta.dirname, "../fixtures", file), "utf8"));
}

function toRow(where: string, row: JsonValue): Row {
  if (!isJsonObject(row)) throw new Error(`${where} is no object`);
  const value = (key: string): JsonValue => {
    const found = ownValue(row, key);
    if (found === undefined) throw new Error(`${where} has no ${key}`);
    return found;
  };
  const text = (key: string): string => {
    const found = value(key);
    if (typeof found !== "string") throw new Error(`${where}: ${key} is no text`);
    return found;
  };
  const object = (key: string): JsonObject => {
    const found = value(key);
    if (!isJsonObject(found)) throw new Error(`${where}: ${key} is no object`);
    return found;
  };
  const type = text("type") === "Group" ? resourceTypes.Group : resourceTypes.User;
  return { name: text("name"), type, has: (key) => Object.hasOwn(row, key), value, object, text };
}
