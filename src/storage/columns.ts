/** Reads typed values out of driver rows. A column of another type is a defect, and says which column. */
import { type AnyId, parseId } from "../base/ids.ts";
import type { Parameter, Row } from "./operation.ts";

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw unexpected(column, "text");
  return value;
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw unexpected(column, "an integer");
  return value;
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

/** Stored as 0 or 1: the engines' own booleans differ. */
export function flag(row: Row, column: string): boolean {
  return integer(row, column) !== 0;
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw unexpected(column, "bytes");
  return value;
}

export function id<T extends AnyId>(row: Row, column: string): T {
  return parseId<T>(text(row, column));
}

export function oneOf<T extends string>(row: Row, column: string, values: readonly T[]): T {
  const value = text(row, column);
  const known = values.find((candidate) => candidate === value);
  if (known === undefined) throw unexpected(column, values.join(" or "));
  return known;
}

export function stringList(row: Row, column: string): readonly string[] {
  const value: unknown = JSON.parse(text(row, column));
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw unexpected(column, "a list of strings");
  }
  return value;
}

export function stringMap(row: Row, column: string): Readonly<Record<string, string>> {
  const value: unknown = JSON.parse(text(row, column));
  if (typeof value !== "object" || value === null) throw unexpected(column, "a map of strings");
  // Null prototype: a claim named "__proto__" is data like any other.
  const map: Record<string, string> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== "string") throw unexpected(column, "a map of strings");
    map[key] = item;
  }
  return map;
}

export function fromFlag(value: boolean): Parameter {
  return value ? 1 : 0;
}

function unexpected(column: string, expected: string): Error {
  return new Error(`column ${column} does not hold ${expected}`);
}
