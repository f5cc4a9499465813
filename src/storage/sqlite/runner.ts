import type Database from "better-sqlite3";
import type { Operation, Row, Step, StepResult } from "../operation.ts";

type PreparedStatement = Database.Statement<unknown[], Row>;

/** Runs an operation to its end in one go on one connection. Each statement is prepared once. */
export type Runner = <Result>(operation: Operation<Result>) => Result;

export function createRunner(db: Database.Database, onPrepared?: (sql: string) => void): Runner {
  const prepared = new Map<string, PreparedStatement>();

  function statementOf(sql: string): PreparedStatement {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = db.prepare<unknown[], Row>(toSqlite(sql));
    onPrepared?.(statement.source);
    prepared.set(sql, statement);
    return statement;
  }

  function execute({ sql, parameters, kind }: Step): StepResult {
    const statement = statementOf(sql);
    switch (kind) {
      case "rows":
        return { rows: statement.all(...parameters), changes: 0 };
      case "row": {
        const row = statement.get(...parameters);
        return { rows: row === undefined ? [] : [row], changes: 0 };
      }
      case "run":
        return { rows: [], changes: statement.run(...parameters).changes };
    }
  }

  return (operation) => {
    let next = operation.next();
    while (!next.done) next = operation.next(execute(next.value));
    return next.value;
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

/** A write transaction excludes every other writer here, so a row lock is nothing to ask for. */
function toSqlite(sql: string): string {
  return sql.replace(/ \{FOR (?:UPDATE|KEY SHARE)\}/, "");
}
