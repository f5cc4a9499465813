/**
 * The audit of credentials that are refused, which anybody can cause at any rate: of one actor and action the first
 * is written at once, and what follows within a minute is counted and written as one event at its end. All of it beside
 * the requests, one write at a time, and as well as it can be: what cannot be written is counted on.
 */
import type { EventId } from "../../base/ids.ts";
import { StorageError } from "../../storage/errors.ts";
import type { Audit, KnownCredential, RefusalAction } from "../../storage/records.ts";
import type { DomainContext } from "../context.ts";

export interface RefusalLog {
  /** Takes no time and never fails. */
  note(credential: KnownCredential, action: RefusalAction, requestId: string): void;
  /** Writes what was only counted until now, as far as that can be done in a second. */
  close(): Promise<void>;
}

export interface RefusalLogOptions {
  readonly windowMs?: number;
  /** Of how many actors and actions it keeps count. What comes beyond within one window is not noted. */
  readonly keysMax?: number;
  /** How long the end may take. */
  readonly closeMaxMs?: number;
  readonly onError: (error: unknown) => void;
}

/** What one actor is refused in one way. */
interface Series {
  readonly key: string;
  readonly action: RefusalAction;
  /** Of the last one. */
  credential: KnownCredential;
  requestId: string;
  sinceMs: number;
  unwritten: number;
}

const windowMsDefault = 60_000;
const keysMaxDefault = 10_000;
/** How much later than its end a window may be found over. */
const sweepsPerWindow = 6;
const closeMaxMsDefault = 1_000;
/** What the column holds. */
const occurrencesMax = 2 ** 31 - 1;

export function createRefusalLog(
  context: Pick<DomainContext, "storage" | "ids" | "clock">,
  options: RefusalLogOptions,
): RefusalLog {
  const { windowMs = windowMsDefault, keysMax = keysMaxDefault, closeMaxMs = closeMaxMsDefault } = options;
  const { clock } = context;
  const allSeries = new Map<string, Series>();
  const queue = new Set<Series>();
  let writing: Promise<void> | undefined;
  let sweep: NodeJS.Timeout | undefined;

  function enqueue(series: Series): void {
    queue.add(series);
    writing ??= writeAll();
  }

  async function writeAll(): Promise<void> {
    for (const series of queue) {
      queue.delete(series);
      await write(series);
    }
    writing = undefined;
  }

  async function write(series: Series): Promise<void> {
    const occurrences = Math.min(series.unwritten, occurrencesMax);
    series.unwritten -= occurrences;
    series.sinceMs = clock.nowMs();
    try {
      await append(context, series, occurrences);
    } catch (error) {
      if (error instanceof StorageError && error.fault.kind === "not_found") allSeries.delete(series.key);
      else {
        series.unwritten += occurrences;
        options.onError(error);
      }
    }
  }

  function sweepAll(): void {
    for (const series of allSeries.values()) {
      if (!isOver(series)) continue;
      if (series.unwritten > 0) enqueue(series);
      else allSeries.delete(series.key);
    }
    if (allSeries.size > 0) return;
    clearInterval(sweep);
    sweep = undefined;
  }

  /** Also after the clock was set back. */
  function isOver({ sinceMs }: Series): boolean {
    return Math.abs(clock.nowMs() - sinceMs) >= windowMs;
  }

  function begin(key: string, credential: KnownCredential, action: RefusalAction, requestId: string): void {
    if (allSeries.size >= keysMax) return;
    const series = { key, action, credential, requestId, sinceMs: clock.nowMs(), unwritten: 1 };
    allSeries.set(key, series);
    sweep ??= setInterval(sweepAll, windowMs / sweepsPerWindow).unref();
    enqueue(series);
  }

  return {
    note(credential, action, requestId) {
      const key = `${credential.organizationId} ${credential.actorId} ${action}`;
      const series = allSeries.get(key);
      if (series === undefined) {
        begin(key, credential, action, requestId);
        return;
      }
      Object.assign(series, { credential, requestId });
      series.unwritten += 1;
      if (isOver(series)) enqueue(series);
    },
    async close() {
      clearInterval(sweep);
      for (const series of allSeries.values()) if (series.unwritten > 0) enqueue(series);
      await within(closeMaxMs, writing ?? Promise.resolve());
    },
  };
}

async function append(
  { storage, ids, clock }: Pick<DomainContext, "storage" | "ids" | "clock">,
  { credential, action, requestId }: Series,
  occurrences: number,
): Promise<void> {
  const { organizationId, actorId, actorPrincipal, subjectType, subjectId } = credential;
  const audit: Audit = {
    eventId: ids.next<EventId>(),
    actorId,
    actorPrincipal,
    requestId,
    atMs: clock.nowMs(),
  };
  await storage.events.appendRefusal(organizationId, { subjectType, subjectId, action, occurrences }, audit);
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  await Promise.race([work, over]);
  clearTimeout(timer);
}
