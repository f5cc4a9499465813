/** Creations, each made once for a key that its caller gives; and the end of keys that have outlived their time. */
import type { Executor, OperationFactory } from "./operation.ts";
import { once, purgeKeys } from "./operations/idempotency.ts";
import type { StoredForm } from "./operations/stored-results.ts";
import type { Audit } from "./records.ts";

/** A purge deletes more keys than come between two of them. */
const usesPerPurge = 64;

export interface Creations {
  /** Repeated, it answers the same. */
  make<Result>(audit: Audit, operation: OperationFactory<Result>, form: StoredForm<Result>): Promise<Result>;
  /** What it makes goes with a secret, which is shown once: repeated, it is refused. */
  makeSecret<Result>(audit: Audit, operation: OperationFactory<Result>): Promise<Result>;
}

export function createCreations(write: Executor["write"]): Creations {
  let uses = 0;

  async function makeOnce<Result>(
    audit: Audit,
    operation: OperationFactory<Result>,
    form: StoredForm<Result> | undefined,
  ): Promise<Result> {
    const result = await write(() => once(audit, operation, form), audit.eventId);
    if (audit.idempotency !== undefined) countUse(audit.atMs);
    return result;
  }

  /** Nobody waits for a purge; one that fails is made up for by the next. */
  function countUse(atMs: number): void {
    if (uses % usesPerPurge === 0) write(() => purgeKeys(atMs)).catch(() => {});
    uses += 1;
  }

  return {
    make: makeOnce,
    makeSecret: (audit, operation) => makeOnce(audit, operation, undefined),
  };
}
