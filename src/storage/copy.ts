/** Moves a whole database to another engine: all of it, verified, or nothing. */
import { createHash } from "node:crypto";
import { StorageOpenError } from "./errors.ts";
import type { Parameter, Row } from "./operation.ts";
import { type Table, tables } from "./tables.ts";

/** A row's values, in the order of its table's columns. */
export type Values = readonly Parameter[];

/** A database at one moment: what it holds does not change while it is read. */
export interface TableSource {
  count(table: Table): number;
  /** Rows in the order of the key, after `after` (the key's values), at most `limit`. */
  page(table: Table, after: Values | undefined, limit: number): readonly Values[];
}

/** An empty database of the same schema. Nothing of what is inserted is there before `commit`. */
export interface TableTarget {
  insert(table: Table, rows: readonly Values[]): Promise<void>;
  page(table: Table, after: Values | undefined, limit: number): Promise<readonly Values[]>;
  commit(): Promise<void>;
}

export interface CopyProgress {
  readonly table: string;
  readonly rows: number;
  readonly total: number;
}

const pageSize = 1000;

/**
 * Copies every table, reads the copy back, compares counts and checksums, and only then commits.
 *
 * @returns the number of rows of each table
 * @throws StorageOpenError when the copy differs, in which case nothing of it stays
 */
export async function copyTables(
  source: TableSource,
  target: TableTarget,
  onProgress: (progress: CopyProgress) => void,
): Promise<ReadonlyMap<string, number>> {
  const copied = new Map<string, Digest>();
  for (const table of tables) copied.set(table.name, await copyTable(table, source, target, onProgress));
  for (const table of tables) {
    const expected = copied.get(table.name);
    const found = await digestOf(table, target);
    if (expected?.rows === found.rows && expected.checksum === found.checksum) continue;
    throw new StorageOpenError(`the copy of ${table.name} differs from the original: nothing was kept of it`);
  }
  await target.commit();
  return new Map([...copied].map(([name, { rows }]) => [name, rows]));
}

interface Digest {
  readonly rows: number;
  readonly checksum: string;
}

async function copyTable(
  table: Table,
  source: TableSource,
  target: TableTarget,
  onProgress: (progress: CopyProgress) => void,
): Promise<Digest> {
  const total = source.count(table);
  return await digest(table, {
    page: (after) => source.page(table, after, pageSize),
    async visit(page, rows) {
      await target.insert(table, page);
      onProgress({ table: table.name, rows, total });
    },
  });
}

function digestOf(table: Table, target: TableTarget): Promise<Digest> {
  return digest(table, { page: (after) => target.page(table, after, pageSize) });
}

interface Pages {
  page(after: Values | undefined): readonly Values[] | Promise<readonly Values[]>;
  visit?(page: readonly Values[], rowsSoFar: number): Promise<void>;
}

async function digest(table: Table, { page, visit }: Pages): Promise<Digest> {
  const hash = createHash("sha256");
  let rows = 0;
  let after: Values | undefined;
  for (;;) {
    const values = await page(after);
    const last = values.at(-1);
    if (last === undefined) return { rows, checksum: hash.digest("hex") };
    for (const row of values) hash.update(`${JSON.stringify(row.map(toText))}\n`);
    rows += values.length;
    after = last.slice(0, table.key.length);
    await visit?.(values, rows);
  }
}

function toText(value: Parameter): string | number | null {
  return value instanceof Uint8Array ? `bytes:${Buffer.from(value).toString("hex")}` : value;
}

/** @throws Error for a value that no column of ours holds */
export function toValues(table: Table, row: Row): Values {
  return table.columns.map((column) => {
    const value = row[column];
    if (
      value === null ||
      typeof value === "string" ||
      typeof value === "number" ||
      value instanceof Uint8Array
    ) {
      return value;
    }
    throw new Error(`${table.name}.${column} holds an unexpected type`);
  });
}

/** The statement of a page: its parameters are the key's values, when there are any, and the limit. */
export function pageSql({ name, columns, key }: Table, hasAfter: boolean): string {
  const keyList = key.join(", ");
  const where = hasAfter ? `WHERE (${keyList}) > (${key.map(() => "?").join(", ")})` : "";
  return `SELECT ${columns.join(", ")} FROM ${name} ${where} ORDER BY ${keyList} LIMIT ?`;
}
