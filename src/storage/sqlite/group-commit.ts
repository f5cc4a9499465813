/**
 * Writes that arrive together commit together. Operations queued in one turn of the event loop run in one
 * `BEGIN IMMEDIATE … COMMIT`, a savepoint each, and are acknowledged after it: `synchronous=FULL` is paid once
 * for all of them. While the commit waits for the disk, further requests pile up in the sockets and become the
 * next batch, so the batch grows with the load and with the disk's latency by itself.
 *
 * An operation that takes long lets the event loop have its turn between two statements. Its transaction stays open
 * meanwhile, and its batch is at work until it has ended: what arrives in between is queued for the next one.
 */
import type Database from "better-sqlite3";
import { StorageError, shuttingDown } from "../errors.ts";
import type { OperationFactory } from "../operation.ts";
import { createCheckpoints } from "./checkpoints.ts";
import { fromSqliteError, isBusyError } from "./errors.ts";
import { retryDelayMs } from "./lock-wait.ts";
import type { SlicedRunner } from "./runner.ts";

export interface GroupCommitOptions {
  readonly db: Database.Database;
  readonly run: SlicedRunner;
  /** How long an operation waits for a lock that another process holds before it is `unavailable`. */
  readonly lockBudgetMs: number;
  /** How long one batch takes further operations before it commits and lets others run. */
  readonly batchBudgetMs: number;
  /**
   * How long one operation may keep the event loop at a time; with 0, for a statement. Infinity where others use the
   * connection too: then a batch is one turn.
   */
  readonly sliceMs: number;
}

export interface GroupCommit {
  write<Result>(operation: OperationFactory<Result>): Promise<Result>;
  /** Resolves when all that was accepted has ended; later writes are refused. */
  close(): Promise<void>;
}

/** Yields when its slice is over. */
type Sliced<Result> = Generator<void, Result>;

interface Job {
  readonly queuedAtMs: number;
  /** Runs the operation; what it returns settles the caller's promise, once the commit has happened. */
  readonly execute: () => Sliced<() => void>;
  readonly fail: (error: unknown) => void;
}

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { db, run, lockBudgetMs, batchBudgetMs, sliceMs } = options;
  let queue: Job[] = [];
  /** From the moment in which something is queued until nothing is any more and the last batch has ended. */
  let isBusy = false;
  let closed = false;
  let onIdle: (() => void) | undefined;
  let sliceEndMs = 0;
  let isSliced = false;
  let batchEndedAtMs = 0;

  const isSliceOver = (): boolean => performance.now() >= sliceEndMs;

  function wake(): void {
    if (isBusy) return;
    isBusy = true;
    setImmediate(flush);
  }

  function flush(): void {
    if (begin()) advance(commitBatch());
    else if (queue.length > 0) setTimeout(flush, retryDelayMs());
    else rest();
  }

  /** The next batch begins after this one's last slice, and in a turn of its own. */
  function advance(batch: Sliced<void>): void {
    sliceEndMs = performance.now() + sliceMs;
    if (!batch.next().done) {
      isSliced = true;
      setImmediate(advance, batch);
      return;
    }
    batchEndedAtMs = performance.now();
    if (isSliced) setImmediate(checkpoint);
    else goOn();
  }

  function checkpoint(): void {
    isSliced = false;
    checkpoints.catchUp();
    goOn();
  }

  function goOn(): void {
    if (queue.length > 0) setImmediate(flush);
    else rest();
  }

  function rest(): void {
    isBusy = false;
    onIdle?.();
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
    // Nobody has waited for the lock while a batch of ours held it.
    const isRefused = ({ queuedAtMs }: Job): boolean => Math.max(queuedAtMs, batchEndedAtMs) <= deadlineMs;
    const { refused = [], kept = [] } = Object.groupBy(queue, (job) => (isRefused(job) ? "refused" : "kept"));
    queue = kept;
    const reason = fromSqliteError(error);
    for (const job of refused) job.fail(reason);
  }

  function* commitBatch(): Sliced<void> {
    const batch: Job[] = [];
    try {
      const settlements = yield* runBatch(batch);
      if (isSliced) checkpoints.postpone();
      commit.run();
      for (const settle of settlements) settle();
    } catch (error) {
      rollBack();
      const reason = lostBatch(error);
      for (const job of batch) job.fail(reason);
    }
  }

  /** Moves jobs from the queue to `batch` as it runs them. @throws what cost the whole transaction */
  function* runBatch(batch: Job[]): Sliced<readonly (() => void)[]> {
    const settlements: (() => void)[] = [];
    let nowMs = performance.now();
    const endMs = nowMs + batchBudgetMs;
    do {
      const job = queue.shift();
      if (job === undefined) break;
      batch.push(job);
      // A slice of its own: a short one is not cut in two because those before it have taken long.
      sliceEndMs = nowMs + sliceMs;
      settlements.push(yield* runInSavepoint(job));
      nowMs = performance.now();
    } while (nowMs < endMs);
    return settlements;
  }

  function* runInSavepoint(job: Job): Sliced<() => void> {
    savepoint.run();
    try {
      const settle = yield* job.execute();
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

  const checkpoints = createCheckpoints(db);
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
          execute: () => run(operation(), isSliceOver, resolve),
          fail: reject,
        });
        wake();
      });
    },
    async close() {
      closed = true;
      if (!isBusy) return;
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
