/**
 * Operations as transactions on PostgreSQL: READ COMMITTED with the row locks that the operations ask for, run again
 * as a whole after a conflict or a lost connection, within a bound.
 */
import type { Pool, PoolClient } from "pg";
import type { EventId } from "../../base/ids.ts";
import type { Executor, OperationFactory } from "../operation.ts";
import { fromPostgresError, isConflict, isConnectionLoss, isUniqueViolation, unavailable } from "./errors.ts";
import { runOperation } from "./runner.ts";

const attemptsMax = 5;
const backoffStepMs = 20;

/** One round trip. `LOCAL`, because the session may be another client's next (PgBouncer). */
const begin = `BEGIN ISOLATION LEVEL READ COMMITTED;
  SET LOCAL synchronous_commit = on;
  SET LOCAL statement_timeout = 5000;
  SET LOCAL lock_timeout = 2000;
  SET LOCAL idle_in_transaction_session_timeout = 10000`;

type Attempt<Result> =
  | { readonly kind: "done"; readonly result: Result }
  /** Nothing was committed: it may be run again. */
  | { readonly kind: "again"; readonly error: unknown };

export interface ClosableExecutor extends Executor {
  /** Refuses what comes from now on, and resolves when all that came before has ended. */
  close(): Promise<void>;
}

export function createExecutor(pool: Pool): ClosableExecutor {
  const running = new Set<Promise<unknown>>();
  let closed = false;

  async function accept<Result>(attempt: () => Promise<Attempt<Result>>): Promise<Result> {
    if (closed) throw unavailable("shutting down");
    const work = repeat(attempt);
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  }

  return {
    read: (operation) => accept(() => readOnce(pool, operation)),
    write: (operation, marker) => accept(() => writeOnce(pool, operation, marker)),
    async close() {
      closed = true;
      await Promise.allSettled(running);
    },
  };
}

async function repeat<Result>(attempt: () => Promise<Attempt<Result>>): Promise<Result> {
  for (let count = 1; ; count += 1) {
    const outcome = await attempt();
    if (outcome.kind === "done") return outcome.result;
    if (count === attemptsMax) throw fromPostgresError(outcome.error);
    await backOff(count);
  }
}

/** Random, so that the two sides of a conflict do not meet again. */
function backOff(count: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.random() * backoffStepMs * 2 ** count);
  });
}

/** A single statement, as reads nearly all are, is a transaction by itself. */
async function readOnce<Result>(pool: Pool, operation: OperationFactory<Result>): Promise<Attempt<Result>> {
  const client = await acquire(pool);
  try {
    const result = await runOperation(client, operation());
    client.release();
    return { kind: "done", result };
  } catch (error) {
    client.release(isConnectionLoss(error));
    if (isConnectionLoss(error) || isConflict(error)) return { kind: "again", error };
    throw fromPostgresError(error);
  }
}

async function writeOnce<Result>(
  pool: Pool,
  operation: OperationFactory<Result>,
  marker: EventId | undefined,
): Promise<Attempt<Result>> {
  const client = await acquire(pool);
  let result: Result;
  try {
    await client.query(begin);
    result = await runOperation(client, operation());
  } catch (error) {
    await rollBack(client, error);
    if (isConnectionLoss(error) || isConflict(error)) return { kind: "again", error };
    throw fromPostgresError(error);
  }
  return await commit(pool, client, result, marker);
}

async function commit<Result>(
  pool: Pool,
  client: PoolClient,
  result: Result,
  marker: EventId | undefined,
): Promise<Attempt<Result>> {
  try {
    const { command } = await client.query("COMMIT");
    client.release();
    // An aborted transaction answers COMMIT with ROLLBACK.
    if (command !== "COMMIT") throw unavailable("the transaction was rolled back");
    return { kind: "done", result };
  } catch (error) {
    if (isConflict(error)) {
      client.release();
      return { kind: "again", error };
    }
    if (!isConnectionLoss(error)) throw fromPostgresError(error);
    client.release(true);
    // Whether it was committed is not known: ask. Without a marker, running it again does no harm.
    if (marker !== undefined && (await wasCommitted(pool, marker))) return { kind: "done", result };
    return { kind: "again", error };
  }
}

/**
 * Whether the transaction that wrote the event `marker` was committed. Writing the same id waits, by its unique index,
 * for a transaction that is still about to end, and then tells its fate; itself it is always rolled back.
 */
async function wasCommitted(pool: Pool, marker: EventId): Promise<boolean> {
  return await repeat(async () => {
    const client = await acquire(pool);
    try {
      await client.query(begin);
      await client.query(probe, [marker]);
      await client.query("ROLLBACK");
      client.release();
      return { kind: "done", result: false };
    } catch (error) {
      await rollBack(client, error);
      if (isUniqueViolation(error)) return { kind: "done", result: true };
      return { kind: "again", error };
    }
  });
}

const probe = `INSERT INTO events
    (organization_id, position, id, actor_id, actor_principal, subject_type, subject_id, action, request_id, created_at)
  VALUES ($1, -1, $1, '', '', '', '', '', '', 0)`;

async function acquire(pool: Pool): Promise<PoolClient> {
  try {
    const client = await pool.connect();
    // A connection that breaks between two statements reports it here too; the next statement fails with it.
    if (client.listenerCount("error") === 0) client.on("error", () => {});
    return client;
  } catch (error) {
    throw isConnectionLoss(error)
      ? unavailable("the database cannot be reached", error)
      : fromPostgresError(error);
  }
}

async function rollBack(client: PoolClient, error: unknown): Promise<void> {
  if (isConnectionLoss(error)) {
    client.release(true);
    return;
  }
  try {
    await client.query("ROLLBACK");
    client.release();
  } catch {
    client.release(true);
  }
}
