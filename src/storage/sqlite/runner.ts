import type Database from "better-sqlite3";
import type { Operation, Row, Step, StepResult } from "../operation.ts";
import { adHocStatementsMax, createRecentCache, type RecentCache } from "../recent-cache.ts";
import { withStablePlan } from "./stable-plan.ts";

type PreparedStatement = Database.Statement<unknown[], Row>;

/** Runs an operation to its end in one go on one connection. */
export type Runner = <Result>(operation: Operation<Result>) => Result;

/**
 * Runs an operation on one connection, and yields between two of its statements whenever `isSliceOver` says so. Until it
 * has come to its end, nothing else may use the connection.
 *
 * @returns what gives the result to `settle`
 */
export type SlicedRunner = <Result>(
  operation: Operation<Result>,
  isSliceOver: () => boolean,
  settle: (result: Result) => void,
) => Generator<void, () => void>;

export type StatementObserver = (sql: string, adHoc: boolean) => void;

export function createRunner(db: Database.Database, onPrepared?: StatementObserver): Runner {
  const execute = executeOn(db, onPrepared);
  return (operation) => {
    let next = operation.next();
    while (!next.done) next = operation.next(execute(next.value));
    return next.value;
  };
}

export function createSlicedRunner(db: Database.Database, onPrepared?: StatementObserver): SlicedRunner {
  const execute = executeOn(db, onPrepared);
  return function* runInSlices(operation, isSliceOver, settle) {
    let next = operation.next();
    while (!next.done) {
      if (isSliceOver()) yield;
      next = operation.next(execute(next.value));
    }
    const { value } = next;
    return () => settle(value);
  };
}

/** Each statement is prepared once; ad hoc ones may be again. */
function executeOn(db: Database.Database, onPrepared?: StatementObserver): (step: Step) => StepResult {
  const lasting = new Map<string, PreparedStatement>();
  const adHoc = createRecentCache<PreparedStatement>(adHocStatementsMax);

  function statementOf(step: Step): PreparedStatement {
    const prepared: RecentCache<PreparedStatement> = step.adHoc ? adHoc : lasting;
    const known = prepared.get(step.sql);
    if (known !== undefined) return known;
    const text = toSqlite(step.sql);
    const statement = db.prepare<unknown[], Row>(withStablePlan(text));
    onPrepared?.(text, step.adHoc ?? false);
    prepared.set(step.sql, statement);
    return statement;
  }

  return (step) => {
    const { parameters } = step;
    const statement = statementOf(step);
    switch (step.kind) {
      case "rows":
        return { rows: statement.all(...parameters), changes: 0 };
      case "row": {
        const row = statement.get(...parameters);
        return { rows: row === undefined ? [] : [row], changes: 0 };
      }
      case "run":
        return { rows: [], changes: statement.run(...parameters).changes };
    }
  };
}

/** The same, with all that one operation reads of one moment, whatever other processes write meanwhile. */
export function inTransaction(db: Database.Database, run: Runner): Runner {
  const begin = db.prepare("BEGIN");
  const commit = db.prepare("COMMIT");
  return (operation) => {
    begin.run();
    try {
      return run(operation);
    } finally {
      // A failed disk may have ended it.
      if (db.inTransaction) commit.run();
    }
  };
}

/**
 * A write transaction excludes every other writer here, so a row lock is nothing to ask for. Text is compared by its bytes
 * unless something else is said.
 */
export function toSqlite(sql: string): string {
  return sql
    .replace(/ \{FOR (?:UPDATE|KEY SHARE)\}/, "")
    .replaceAll("{BYTEWISE}", "")
    .replaceAll("{POSITION}", "instr")
    .replaceAll(/\{JSON ([\w.]+) '([^']*)'\}/g, (_, column, key) => `json_extract(${column}, '$."${key}"')`)
    .replaceAll(
      /\{ELEMENTS ([\w.]+) '([^']*)'\}/g,
      (_, column, key) => `json_each(${column}, '$."${key}"') AS element`,
    );
}
