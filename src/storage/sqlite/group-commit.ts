/**
 * Writes that arrive together commit together. Operations queued in one turn of the event loop run in one
 * `BEGIN IMMEDIATE … COMMIT`, a savepoint each, and are acknowledged after it: `synchronous=FULL` is paid once
 * for all of them. While the commit waits for the disk, further requests pile up in the sockets and become the
 * next batch, so the batch grows with the load and with the disk's latency by itself.
 */
import type Database from "better-sqlite3";
import { StorageError, shuttingDown } from "../errors.ts";
import type { OperationFactory } from "../operation.ts";
import { fromSqliteError, isBusyError } from "./errors.ts";
import { retryDelayMs } from "./lock-wait.ts";
import type { Runner } from "./runner.ts";

export interface GroupCommitOptions {
  readonly db: Database.Database;
  readonly run: Runner;
  /** How long an operation waits for a lock that another process holds before it is `unavailable`. */
  readonly lockBudgetMs: number;
  /** How long one batch may keep the event loop before it commits and lets others run. */
  readonly batchBudgetMs: number;
}

export interface GroupCommit {
  write<Result>(operation: OperationFactory<Result>): Promise<Result>;
  /** Resolves when the queue is empty; later writes are refused. */
  close(): Promise<void>;
}

interface Job {
  readonly queuedAtMs: number;
  /** Runs the operation now; what it returns settles the caller's promise, once the commit has happened. */
  readonly execute: () => () => void;
  readonly fail: (error: unknown) => void;
}

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { db, run, lockBudgetMs, batchBudgetMs } = options;
  let queue: Job[] = [];
  let scheduled = false;
  let closed = false;
  let onIdle: (() => void) | undefined;

  function schedule(delayMs: number): void {
    if (scheduled) return;
    scheduled = true;
    if (delayMs === 0) setImmediate(flush);
    else setTimeout(flush, delayMs);
  }

  function flush(): void {
    scheduled = false;
    const began = begin();
    if (began) commitBatch();
    if (queue.length > 0) schedule(began ? 0 : retryDelayMs());
    else onIdle?.();
  }

  /** IMMEDIATE: a transaction that turns into a write later fails with BUSY_SNAPSHOT, whatever the timeout. */
  function begin(): boolean {
    try {
      if (db.inTransaction) db.exec("ROLLBACK");
      beginImmediate.run();
      return true;
    } catch (error) {
      refuse(error);
      return false;
    }
  }

  /** A lock is waited for within the budget; any other fault refuses all that is queued. */
  function refuse(error: unknown): void {
    const deadlineMs = isBusyError(error) ? performance.now() - lockBudgetMs : Number.POSITIVE_INFINITY;
    const refused = queue.filter((job) => job.queuedAtMs <= deadlineMs);
    queue = queue.filter((job) => job.queuedAtMs > deadlineMs);
    const reason = fromSqliteError(error);
    for (const job of refused) job.fail(reason);
  }

  function commitBatch(): void {
    const batch: Job[] = [];
    try {
      const settlements = runBatch(batch);
      commit.run();
      for (const settle of settlements) settle();
    } catch (error) {
      rollBack();
      const reason = lostBatch(error);
      for (const job of batch) job.fail(reason);
    }
  }

  /** Moves jobs from the queue to `batch` as it runs them. @throws what cost the whole transaction */
  function runBatch(batch: Job[]): readonly (() => void)[] {
    const settlements: (() => void)[] = [];
    const endMs = performance.now() + batchBudgetMs;
    do {
      const job = queue.shift();
      if (job === undefined) break;
      batch.push(job);
      settlements.push(runInSavepoint(job));
    } while (performance.now() < endMs);
    return settlements;
  }

  function runInSavepoint(job: Job): () => void {
    savepoint.run();
    try {
      const settle = job.execute();
      release.run();
      return settle;
    } catch (error) {
      // A full disk or a failed write rolls everything back, with all that ran before.
      if (!db.inTransaction) throw error;
      rollbackTo.run();
      release.run();
      const reason = fromSqliteError(error);
      return () => job.fail(reason);
    }
  }

  /** When even this fails, the next batch tries it again before it begins. */
  function rollBack(): void {
    try {
      if (db.inTransaction) db.exec("ROLLBACK");
    } catch {}
  }

  const beginImmediate = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const savepoint = db.prepare("SAVEPOINT operation");
  const release = db.prepare("RELEASE operation");
  const rollbackTo = db.prepare("ROLLBACK TO operation");

  return {
    write<Result>(operation: OperationFactory<Result>): Promise<Result> {
      if (closed) return Promise.reject(shuttingDown());
      return new Promise<Result>((resolve, reject) => {
        queue.push({
          queuedAtMs: performance.now(),
          execute: () => {
            const result = run(operation());
            return () => resolve(result);
          },
          fail: reject,
        });
        schedule(0);
      });
    },
    async close() {
      closed = true;
      if (queue.length === 0) return;
      await new Promise<void>((resolve) => {
        onIdle = resolve;
      });
    },
  };
}

/** Whatever cost the transaction: nothing of the batch is written, and all of it may be tried again. */
function lostBatch(error: unknown): StorageError {
  const reason = fromSqliteError(error);
  if (reason instanceof StorageError && reason.fault.kind === "unavailable") return reason;
  return new StorageError(
    { kind: "unavailable", reason: "the transaction was rolled back" },
    { cause: error },
  );
}
