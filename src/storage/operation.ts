/**
 * Storage operations as generators that yield statements: written once, run synchronously inside a
 * better-sqlite3 transaction and asynchronously on other engines.
 *
 * SQL is what the engines share: `?` for a parameter, and placeholders for what they write differently:
 * - at the end of a SELECT `{FOR UPDATE}` for a row that the operation goes on to change, or `{FOR KEY SHARE}` for rows
 *   that must not go while it refers to them (both empty on SQLite, whose write transactions are exclusive)
 * - `{JSON column 'key'}`: the text at a key of an object; NULL when it is absent
 * - `{ELEMENTS column 'key'}` in a FROM: the elements of the list at a key, as rows `element` with `value` and, for
 *   their order, `key`
 * - `{POSITION}(text, part)`: where the part begins, from 1; 0 when it is not in the text
 * - `{BYTEWISE}` after a text that is no column's: compared by its bytes, as columns are
 */

import type { EventId, OrganizationId } from "../base/ids.ts";

export type Parameter = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, unknown>>;

export interface Statement<Result> {
  readonly sql: string;
  readonly decode: (row: Row) => Result;
  readonly adHoc?: boolean | undefined;
}

/** One step of an operation: `rows` are fetched; `run` counts what it changed. */
export interface Step {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
  readonly kind: "rows" | "row" | "run";
  /** One of any number of texts, such as a filter's: an engine keeps what it knows of it for a while only. */
  readonly adHoc?: boolean | undefined;
  /** The organization to whose log it appends. */
  readonly appendsTo?: OrganizationId;
}

export interface StepResult {
  readonly rows: readonly Row[];
  readonly changes: number;
}

export type Operation<Result> = Generator<Step, Result, StepResult>;

/** An operation not yet started, so that it can be started again when a transaction is retried. */
export type OperationFactory<Result> = () => Operation<Result>;

/** Runs whole operations, each as one transaction. */
export interface Executor {
  /** Each statement of it may see a moment of its own. */
  read<Result>(operation: OperationFactory<Result>): Promise<Result>;
  /** As `read`, for several statements that must see one moment. */
  snapshot<Result>(operation: OperationFactory<Result>): Promise<Result>;
  /**
   * @param marker the event that the operation writes, if it writes one: where the answer to a commit can get lost,
   * it tells afterwards whether the commit happened. An operation without one must be harmless to run twice.
   */
  write<Result>(operation: OperationFactory<Result>, marker?: EventId): Promise<Result>;
  /**
   * A snapshot for several operations, with any time between them. Few are held at once, and each for a minute at most.
   *
   * @throws StorageError unavailable when none is free within a time
   */
  hold(): Promise<HeldSnapshot>;
}

/** Disposing of it, which never fails, gives back what it holds. */
export interface HeldSnapshot extends AsyncDisposable {
  /**
   * All operations see the moment of the first one. One at a time.
   *
   * @throws StorageError unavailable when it has been held for too long, or the storage closes
   */
  read<Result>(operation: OperationFactory<Result>): Promise<Result>;
}

export function* all<Result>(
  statement: Statement<Result>,
  ...parameters: readonly Parameter[]
): Operation<Result[]> {
  const { rows } = yield { sql: statement.sql, parameters, kind: "rows", adHoc: statement.adHoc };
  return rows.map(statement.decode);
}

export function* first<Result>(
  statement: Statement<Result>,
  ...parameters: readonly Parameter[]
): Operation<Result | undefined> {
  const { rows } = yield { sql: statement.sql, parameters, kind: "row", adHoc: statement.adHoc };
  const row = rows[0];
  return row === undefined ? undefined : statement.decode(row);
}

/** The number of rows changed. */
export function* run(sql: string, ...parameters: readonly Parameter[]): Operation<number> {
  const { changes } = yield { sql, parameters, kind: "run" };
  return changes;
}
