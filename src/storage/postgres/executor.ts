/** Operations as transactions on PostgreSQL: READ COMMITTED with the row locks that the operations ask for. */
import type { Pool } from "pg";
import type { EventId } from "../../base/ids.ts";
import { shuttingDown } from "../errors.ts";
import { createHeldSnapshots, heldLimits } from "../held-snapshots.ts";
import type { Executor } from "../operation.ts";
import { type Attempt, againAfter, repeat } from "./attempts.ts";
import { isOutcomeUnknown, unavailable } from "./errors.ts";
import { openSnapshot } from "./held-snapshot.ts";
import { limits } from "./limits.ts";
import { wasCommitted } from "./outcome.ts";
import { runOperation, type StatementObserver } from "./runner.ts";
import { openSession, type Session } from "./session.ts";

/** One round trip. `LOCAL`, because the session may be another client's next (PgBouncer). */
const begin = `BEGIN ISOLATION LEVEL READ COMMITTED;
  SET LOCAL synchronous_commit = on;
  SET LOCAL statement_timeout = ${limits.statementMs};
  SET LOCAL lock_timeout = ${limits.lockMs};
  SET LOCAL idle_in_transaction_session_timeout = ${limits.idleInTransactionMs}`;

/** What is read within it is of the moment of its first statement. */
const beginSnapshot = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
  SET LOCAL statement_timeout = ${limits.statementMs};
  SET LOCAL idle_in_transaction_session_timeout = ${limits.idleInTransactionMs}`;

export interface ClosableExecutor extends Executor {
  /** Refuses what comes from now on, and resolves when all that came before has ended. */
  close(): Promise<void>;
}

/** @param heldMax how many snapshots are held at once: of the pool's connections, as many as nobody else is served by */
export function createExecutor(
  pool: Pool,
  heldMax: number,
  onStatement?: StatementObserver,
): ClosableExecutor {
  const held = createHeldSnapshots(() => openSnapshot(pool, onStatement), { ...heldLimits, heldMax });
  const running = new Set<Promise<unknown>>();
  let closed = false;

  async function accept<Result>(attempt: (session: Session) => Promise<Attempt<Result>>): Promise<Result> {
    if (closed) throw shuttingDown();
    const work = repeat((deadlineMs) => inSession(pool, deadlineMs, attempt));
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  }

  return {
    read: (operation) => accept((session) => readOnce(() => runOperation(session, operation(), onStatement))),
    snapshot: (operation) =>
      accept((session) => readInSnapshot(session, () => runOperation(session, operation(), onStatement))),
    write: (operation, marker) =>
      accept((session) =>
        writeOnce(pool, session, () => runOperation(session, operation(), onStatement), marker),
      ),
    hold: held.hold,
    async close() {
      closed = true;
      await Promise.allSettled([held.close(), ...running]);
    },
  };
}

async function inSession<Result>(
  pool: Pool,
  deadlineMs: number,
  attempt: (session: Session) => Promise<Attempt<Result>>,
): Promise<Attempt<Result>> {
  using session = await openSession(pool, deadlineMs);
  return await attempt(session);
}

/** A single statement, as reads nearly all are, is a transaction by itself. */
async function readOnce<Result>(run: () => Promise<Result>): Promise<Attempt<Result>> {
  try {
    return { kind: "done", result: await run() };
  } catch (error) {
    return againAfter(error);
  }
}

async function readInSnapshot<Result>(
  session: Session,
  run: () => Promise<Result>,
): Promise<Attempt<Result>> {
  try {
    await session.query(beginSnapshot);
    const result = await run();
    await session.query("COMMIT", [], limits.finishMs);
    return { kind: "done", result };
  } catch (error) {
    await session.rollBack();
    return againAfter(error);
  }
}

async function writeOnce<Result>(
  pool: Pool,
  session: Session,
  run: () => Promise<Result>,
  marker: EventId | undefined,
): Promise<Attempt<Result>> {
  let result: Result;
  try {
    await session.query(begin);
    result = await run();
  } catch (error) {
    await session.rollBack();
    return againAfter(error);
  }
  try {
    await commit(session);
    return { kind: "done", result };
  } catch (error) {
    if (!isOutcomeUnknown(error)) {
      await session.rollBack();
      return againAfter(error);
    }
    // First, because this may be the only connection there is.
    session.giveBack();
    // Without a marker, running it again does no harm.
    if (marker !== undefined && (await wasCommitted(pool, marker))) return { kind: "done", result };
    return { kind: "again", error };
  }
}

async function commit(session: Session): Promise<void> {
  const { command } = await session.query("COMMIT", [], limits.finishMs);
  // An aborted transaction answers COMMIT with ROLLBACK.
  if (command !== "COMMIT") throw unavailable("the transaction was rolled back");
}
