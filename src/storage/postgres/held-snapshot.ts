/** A transaction that stays open between reads, with the connection that it is on. */
import type { Pool } from "pg";
import { heldLimits, type OpenSnapshot } from "../held-snapshots.ts";
import { type Attempt, againAfter, repeat } from "./attempts.ts";
import { fromPostgresError } from "./errors.ts";
import { limits } from "./limits.ts";
import { runOperation, type StatementObserver } from "./runner.ts";
import { openSession, type Session } from "./session.ts";

/** The server ends it by itself only when we no longer can. */
const idleMs = heldLimits.lifetimeMs + limits.idleInTransactionMs;

const begin = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
  SET LOCAL statement_timeout = ${limits.statementMs};
  SET LOCAL idle_in_transaction_session_timeout = ${idleMs}`;

/** @throws StorageError unavailable */
export function openSnapshot(pool: Pool, onStatement?: StatementObserver): Promise<OpenSnapshot> {
  return repeat((deadlineMs) => beginSnapshot(pool, deadlineMs, onStatement));
}

async function beginSnapshot(
  pool: Pool,
  deadlineMs: number,
  onStatement?: StatementObserver,
): Promise<Attempt<OpenSnapshot>> {
  const session = await openSession(pool, deadlineMs);
  try {
    await session.query(begin);
    return { kind: "done", result: snapshotIn(session, onStatement) };
  } catch (error) {
    await end(session);
    return againAfter(error);
  }
}

function snapshotIn(session: Session, onStatement?: StatementObserver): OpenSnapshot {
  // The session's own deadline was for its begin.
  const query: Session["query"] = (sql, parameters) => session.query(sql, parameters, limits.operationMs);
  return {
    async read(operation) {
      try {
        return await runOperation({ query }, operation(), onStatement);
      } catch (error) {
        throw fromPostgresError(error);
      }
    },
    end: () => end(session),
  };
}

async function end(session: Session): Promise<void> {
  await session.rollBack();
  session.giveBack();
}
