import { setImmediate, setTimeout } from "node:timers/promises";
import type { OrganizationId } from "../../base/ids.ts";
import type { AuditEvent } from "../../storage/records.ts";
import type { DomainContext } from "../context.ts";
import { DomainError } from "../errors.ts";
import type { Principal } from "../principal.ts";
import type { EventFeed, LogWatch } from "./feed.ts";

export interface Watcher {
  readonly principal: Principal;
  /** Aborted when the watcher is gone, or is to go; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Told when it is settled what the watcher will get: all that is committed from now on, and more where it asked for it. */
  readonly opened: () => void;
  /** Whether the watcher still may. @throws when not */
  readonly reauthorize: () => Promise<void>;
}

export interface WatchTiming {
  /** How long an authorization is believed while nothing happens. */
  readonly reauthorizeAfterMs: number;
}

/** All that one watcher keeps in memory of the log, however far behind it is. */
const pageMax = 100;
/** The end of a log that grows all the time is read this often at most: what is committed in between comes together. */
const readIntervalMs = 25;
const defaultTiming: WatchTiming = { reauthorizeAfterMs: 5_000 };

/**
 * The organization's events after a position, in commit order, each once, as they are taken; at the end of the log it
 * waits for more. It ends after the organization's deletion, which is its last event.
 *
 * An event is given only to a watcher who was still allowed to have it after it was committed: a revocation that was
 * acknowledged is followed by no event that is newer.
 *
 * @param afterPosition undefined: only what is committed from now on
 * @throws invalid_argument for a position that the log has not reached; resource_exhausted for a watcher too many
 */
export async function* watchEvents(
  { storage }: Pick<DomainContext, "storage">,
  feed: EventFeed,
  organizationId: OrganizationId,
  afterPosition: bigint | undefined,
  watcher: Watcher,
  { reauthorizeAfterMs }: WatchTiming = defaultTiming,
): AsyncGenerator<AuditEvent> {
  using watch = feed.watch(organizationId, watcher.signal);
  const authorization = createAuthorization(watcher, watch, reauthorizeAfterMs);
  let position = await startOf({ storage }, organizationId, afterPosition);
  watcher.opened();
  for (;;) {
    watcher.signal.throwIfAborted();
    const seen = watch.version();
    const readAtMs = performance.now();
    const page = await storage.events.list(organizationId, position, pageMax);
    // After it was read, so that whatever is in it came before a revocation that is noticed now.
    await authorization.renew(page);
    for (const event of page) {
      if (authorization.isStale()) await authorization.renew(page);
      position = event.position;
      yield event;
      if (isDeletion(event)) return;
    }
    if (page.length < pageMax) {
      await watch.news(seen, position, reauthorizeAfterMs);
      await pauseUntil(readAtMs + readIntervalMs, watcher.signal);
    }
    // Reading may be synchronous: a long way through the log must let others run.
    else await setImmediate();
  }
}

async function pauseUntil(atMs: number, signal: AbortSignal): Promise<void> {
  const delayMs = atMs - performance.now();
  if (delayMs <= 0) return;
  await setTimeout(delayMs, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
}

async function startOf(
  { storage }: Pick<DomainContext, "storage">,
  organizationId: OrganizationId,
  afterPosition: bigint | undefined,
): Promise<number> {
  const last = (await storage.events.lastPositions([organizationId])).get(organizationId) ?? 0;
  if (afterPosition === undefined) return last;
  if (afterPosition > last) {
    throw new DomainError(
      "invalid_argument",
      "after_position: the organization's log has not reached it; read everything anew",
    );
  }
  return Number(afterPosition);
}

interface Authorization {
  /** Something has happened since that may have been a revocation, or the time is over. */
  isStale(): boolean;
  /** @throws what the watcher's own does */
  renew(page: readonly AuditEvent[]): Promise<void>;
}

function createAuthorization(
  { principal, reauthorize, signal }: Watcher,
  watch: LogWatch,
  lifetimeMs: number,
): Authorization {
  let renewedAtMs = 0;
  let version = 0;
  return {
    isStale: () =>
      signal.aborted || watch.version() !== version || performance.now() - renewedAtMs > lifetimeMs,
    async renew(page) {
      signal.throwIfAborted();
      renewedAtMs = performance.now();
      version = watch.version();
      try {
        await reauthorize();
      } catch (error) {
        if (!diedWithOrganization(principal, page)) throw error;
      }
    },
  };
}

/** The deletion ends every token of the organization: whoever had one until then learns of it all the same. */
function diedWithOrganization(principal: Principal, page: readonly AuditEvent[]): boolean {
  const last = page.at(-1);
  if (last === undefined || !isDeletion(last) || principal.kind !== "user") return false;
  return !page.some(({ subjectId }) => subjectId === principal.id || subjectId === principal.tokenId);
}

function isDeletion({ subjectType, action }: AuditEvent): boolean {
  return subjectType === "organization" && action === "deleted";
}
