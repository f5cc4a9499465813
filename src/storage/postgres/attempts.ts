/** A transaction is run again as a whole after a conflict or a lost connection, within a bound. */
import { fromPostgresError, isConflict, isConnectionLoss } from "./errors.ts";
import { attemptsMax, backOff, limits } from "./limits.ts";

export type Attempt<Result> =
  | { readonly kind: "done"; readonly result: Result }
  /** Nothing was committed: it may be run again. */
  | { readonly kind: "again"; readonly error: unknown };

/** @param attempt is given the deadline of all attempts together, by `performance.now()` */
export async function repeat<Result>(
  attempt: (deadlineMs: number) => Promise<Attempt<Result>>,
): Promise<Result> {
  const deadlineMs = performance.now() + limits.operationMs;
  for (let count = 1; ; count += 1) {
    const outcome = await attempt(deadlineMs);
    if (outcome.kind === "done") return outcome.result;
    if (count === attemptsMax || performance.now() >= deadlineMs) throw fromPostgresError(outcome.error);
    await backOff(count);
  }
}

/** @throws what the operation's caller is to be told, when another attempt would fare no better */
export function againAfter(error: unknown): Attempt<never> {
  if (isConnectionLoss(error) || isConflict(error)) return { kind: "again", error };
  throw fromPostgresError(error);
}
