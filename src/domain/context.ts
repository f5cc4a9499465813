/** What the domain's functions work with. They keep no state of a request. */
import type { Clock } from "../base/clock.ts";
import type { EventId } from "../base/ids.ts";
import type { IdGenerator } from "../base/uuidv7.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { Audit } from "../storage/records.ts";
import type { Storage } from "../storage/storage.ts";
import type { DnsResolver } from "./dns-resolver.ts";
import type { Caller } from "./principal.ts";

export interface DomainContext {
  readonly storage: Storage;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly dns: DnsResolver;
}

/** Who does what now, for the event that the mutation writes. */
export function auditOf({ ids, clock }: DomainContext, { principal, requestId, idempotency }: Caller): Audit {
  return {
    eventId: ids.next<EventId>(),
    actorId: principal.id,
    actorPrincipal: principal.kind,
    requestId,
    atMs: clock.nowMs(),
    ...(idempotency === undefined ? {} : { idempotency }),
  };
}
