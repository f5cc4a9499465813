/** What became of a COMMIT whose answer got lost. */
import type { Pool } from "pg";
import type { EventId } from "../../base/ids.ts";
import { isUniqueViolation, unavailable } from "./errors.ts";
import { backOff, limits } from "./limits.ts";
import { openSession, type Session } from "./session.ts";

/**
 * Whether the transaction that wrote the event `marker` was committed. Tried until the database answers: it may just
 * be restarting, which is what made the answer get lost.
 *
 * @throws StorageError unavailable when that cannot be learned in time
 */
export async function wasCommitted(pool: Pool, marker: EventId): Promise<boolean> {
  const deadlineMs = performance.now() + limits.outcomeMs;
  for (let count = 1; ; count += 1) {
    try {
      using session = await openSession(pool, deadlineMs);
      return await isTaken(session, marker);
    } catch (error) {
      if (performance.now() >= deadlineMs) {
        throw unavailable("the answer to a commit got lost, and so its outcome is not known", error);
      }
    }
    await backOff(count);
  }
}

/**
 * Writes the same id: by its unique index that waits for a transaction which is still about to end, and then tells its
 * fate. What it writes is always rolled back. No lock timeout: the statement's own time bounds the wait.
 */
async function isTaken(session: Session, marker: EventId): Promise<boolean> {
  try {
    await session.query(begin);
    await session.query(insert, [marker]);
    return false;
  } catch (error) {
    if (isUniqueViolation(error)) return true;
    throw error;
  } finally {
    await session.rollBack();
  }
}

const begin = `BEGIN ISOLATION LEVEL READ COMMITTED;
  SET LOCAL lock_timeout = 0;
  SET LOCAL statement_timeout = ${limits.outcomeMs};
  SET LOCAL idle_in_transaction_session_timeout = ${limits.idleInTransactionMs}`;

/** No organization has this id, and no event this position. */
const insert = `INSERT INTO events
    (organization_id, position, id, actor_id, actor_principal, subject_type, subject_id, action, request_id, created_at)
  VALUES ($1, -1, $1, '', '', '', '', '', '', 0)`;
