/**
 * Wakes those who watch the logs of organizations: at once after a commit of this process, and after one of others when
 * the next poll sees it. It says that there may be news and never what: the log is the truth.
 */
import type { OrganizationId } from "../../base/ids.ts";
import type { Storage } from "../../storage/storage.ts";
import { DomainError } from "../errors.ts";

export interface EventFeed {
  /**
   * Watches until it is disposed of or `signal` is aborted.
   *
   * @throws resource_exhausted when as many watch the organization as may
   */
  watch(organizationId: OrganizationId, signal: AbortSignal): LogWatch;
}

export interface LogWatch extends Disposable {
  /** Grows with each sign that the log has grown. */
  version(): number;
  /**
   * Resolves when there may be something behind `position`: when the version has grown since `seen`, or later does. And
   * after `timeoutMs`, and when the signal is aborted.
   */
  news(seen: number, position: number, timeoutMs: number): Promise<void>;
}

export interface EventFeedOptions {
  readonly storage: Pick<Storage, "events" | "onAppended">;
  readonly watchersPerOrganizationMax: number;
  readonly pollIntervalMs?: number;
  /** Told when a poll failed; the next one may not. */
  readonly onPollError: (error: unknown) => void;
}

/** What all watchers of one organization share. */
interface Topic {
  readonly waiting: Set<Waiter>;
  watchers: number;
  version: number;
  /** The last position that a poll has seen. */
  end: number;
}

interface Waiter {
  readonly position: number;
  wake(): void;
}

const pollIntervalMsDefault = 250;

export function createEventFeed(options: EventFeedOptions): EventFeed {
  const { storage, watchersPerOrganizationMax, pollIntervalMs = pollIntervalMsDefault } = options;
  const topics = new Map<OrganizationId, Topic>();
  let polling = false;

  storage.onAppended((organizationId) => {
    const topic = topics.get(organizationId);
    if (topic === undefined) return;
    topic.version += 1;
    for (const waiter of topic.waiting) waiter.wake();
  });

  function schedulePoll(): void {
    if (polling || topics.size === 0) return;
    polling = true;
    setTimeout(poll, pollIntervalMs).unref();
  }

  async function poll(): Promise<void> {
    try {
      const ends = await storage.events.lastPositions([...topics.keys()]);
      for (const [organizationId, topic] of topics) reach(topic, ends.get(organizationId) ?? 0);
    } catch (error) {
      options.onPollError(error);
    }
    polling = false;
    schedulePoll();
  }

  function join(organizationId: OrganizationId): Topic {
    const topic = topics.get(organizationId) ?? { waiting: new Set(), watchers: 0, version: 0, end: 0 };
    if (topic.watchers >= watchersPerOrganizationMax) {
      throw new DomainError(
        "resource_exhausted",
        `${watchersPerOrganizationMax} streams watch this organization already: end one of them first`,
      );
    }
    topic.watchers += 1;
    topics.set(organizationId, topic);
    schedulePoll();
    return topic;
  }

  return {
    watch(organizationId, signal) {
      const topic = join(organizationId);
      const leave = once(() => {
        signal.removeEventListener("abort", leave);
        topic.watchers -= 1;
        if (topic.watchers === 0) topics.delete(organizationId);
      });
      // Whoever watches may be waiting for a client that never takes what it is given.
      if (signal.aborted) leave();
      else signal.addEventListener("abort", leave);
      return {
        version: () => topic.version,
        async news(seen, position, timeoutMs) {
          if (topic.version === seen) await nextNews(topic, position, timeoutMs, signal);
        },
        [Symbol.dispose]: leave,
      };
    },
  };
}

/** Whoever has read as far as the poll has seen is left waiting. */
function reach(topic: Topic, end: number): void {
  if (end === topic.end) return;
  topic.end = end;
  topic.version += 1;
  for (const waiter of topic.waiting) if (waiter.position < end) waiter.wake();
}

function nextNews(topic: Topic, position: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      topic.waiting.delete(waiter);
      resolve();
    };
    const waiter = { position, wake };
    const timer = setTimeout(wake, timeoutMs).unref();
    signal.addEventListener("abort", wake);
    topic.waiting.add(waiter);
  });
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
