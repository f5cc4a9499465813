import pg from "pg";

export interface PoolOptions {
  readonly url: string;
  readonly connectionsMax: number;
  /** Told of an idle connection's end: the pool replaces it by itself. */
  readonly onIdleError: (error: Error) => void;
}

/** How long a request waits for a connection, from a pool that is empty or a server that does not answer. */
const acquireTimeoutMs = 5_000;
/** How long one statement may go without an answer; the connection is given up after it. */
const answerTimeoutMs = 8_000;
const idleTimeoutMs = 30_000;
const int8 = 20;

/**
 * A pool without state in its sessions: no SET, no LISTEN, no named statements, so that PgBouncer in transaction
 * mode may stand between. Limits are set in each transaction.
 */
export function createPool({ url, connectionsMax, onIdleError }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: acquireTimeoutMs,
    query_timeout: answerTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    keepAlive: true,
    types: { getTypeParser },
  });
  // Without a listener, one idle connection that the server ends takes the process with it (node-postgres#1707).
  pool.on("error", onIdleError);
  return pool;
}

/** Our integers (times in ms, positions) are all safe ones. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: "text" | "binary") =>
  oid === int8 && format !== "binary" ? Number : pg.types.getTypeParser(oid, format);
