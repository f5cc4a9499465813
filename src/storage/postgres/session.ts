/** A connection for one attempt at an operation: every wait is bounded, and it is given back exactly once. */
import type { Pool, PoolClient, QueryResult } from "pg";
import type { Parameter, Row } from "../operation.ts";
import { isConnectionLoss, unavailable } from "./errors.ts";
import { limits } from "./limits.ts";

export interface Session extends Disposable {
  /** Runs one statement, or several without parameters, until the session's deadline or for `atLeastMs`. */
  query(sql: string, parameters?: readonly Parameter[], atLeastMs?: number): Promise<QueryResult<Row>>;
  /** Ends the transaction if there is one, with the connection if there is no other way. Never fails. */
  rollBack(): Promise<void>;
  /** Back to the pool; one that is broken or in the middle of a transaction is closed. Only the first call counts. */
  giveBack(): void;
}

/**
 * @param deadlineMs by `performance.now()`
 * @throws StorageError unavailable, whatever keeps us from the database
 */
export async function openSession(pool: Pool, deadlineMs: number): Promise<Session> {
  try {
    return createSession(await connectUntil(pool, deadlineMs), deadlineMs);
  } catch (error) {
    throw unavailable("the database cannot be reached", error);
  }
}

async function connectUntil(pool: Pool, deadlineMs: number): Promise<PoolClient> {
  const connecting = pool.connect();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      reject(new Error("no connection in time"));
      // It may still come: nobody waits for it any more.
      connecting.then(
        (client) => client.release(),
        () => {},
      );
    },
    Math.max(deadlineMs - performance.now(), 0),
  );
  try {
    return await Promise.race([connecting, late]);
  } finally {
    clearTimeout(timer);
  }
}

function createSession(client: PoolClient, deadlineMs: number): Session {
  let isBroken = false;
  let isGivenBack = false;

  async function query(
    text: string,
    parameters: readonly Parameter[] = [],
    atLeastMs = 0,
  ): Promise<QueryResult<Row>> {
    const timeoutMs = Math.max(deadlineMs - performance.now(), atLeastMs);
    if (timeoutMs <= 0) throw unavailable("the database took too long");
    const config = { text, values: [...parameters], query_timeout: timeoutMs };
    try {
      return await client.query<Row>(config);
    } catch (error) {
      isBroken ||= isConnectionLoss(error);
      throw error;
    }
  }

  function giveBack(): void {
    if (isGivenBack) return;
    isGivenBack = true;
    client.release(isBroken || client.getTransactionStatus() !== "I");
  }

  return {
    query,
    giveBack,
    async rollBack() {
      // Asked even where the status says that nothing is open: it may be the status from before an error.
      if (isBroken) return;
      try {
        await query("ROLLBACK", [], limits.finishMs);
      } catch {
        isBroken = true;
      }
    },
    [Symbol.dispose]: giveBack,
  };
}
