/**
 * How long each thing may take. Together they answer every operation before the default deadline of a request (10 s),
 * whatever the database does: at most `operationMs` to the COMMIT, `finishMs` for its answer, and `outcomeMs` to
 * learn what became of it when that answer got lost.
 */
export const limits = {
  /** For a connection: from a pool that is empty, or from a server that does not answer. */
  acquireMs: 3_000,
  /** For an operation with all its attempts. */
  operationMs: 4_000,
  /** For the answer to COMMIT or ROLLBACK, at least. */
  finishMs: 1_000,
  /** Longer than `idleInTransactionMs`: by then the server has ended a transaction that nobody can reach. */
  outcomeMs: 3_500,

  /** The server's own, set in each transaction that writes. */
  statementMs: 3_000,
  lockMs: 2_000,
  idleInTransactionMs: 3_000,
} as const;

export const attemptsMax = 5;
const backoffStepMs = 20;
const backoffMaxMs = 500;

/** Random, so that the two sides of a conflict do not meet again. */
export function backOff(count: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.random() * Math.min(backoffStepMs * 2 ** count, backoffMaxMs));
  });
}
