// Who watches is woken by commits of this process at once, and by those of others at the next poll; and by nothing else.
import { describe, expect, it, vi } from "vitest";
import type { OrganizationId } from "../../../src/base/ids.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import { createEventFeed, type EventFeedOptions } from "../../../src/domain/events/feed.ts";
import type { AppendListener, Storage } from "../../../src/storage/storage.ts";
import { newId } from "../../support/storage-records.ts";
import { sqliteMemoryStore } from "../../support/storage-sqlite.ts";

const longMs = 60_000;

async function createFeed(options: Partial<EventFeedOptions> = {}) {
  const { storage } = await sqliteMemoryStore();
  const ends = new Map<OrganizationId, number>();
  const listeners: AppendListener[] = [];
  const lastPositions = vi.fn<Storage["events"]["lastPositions"]>(async () => ends);
  const events = { ...storage.events, lastPositions };
  const errors: unknown[] = [];
  const feed = createEventFeed({
    storage: {
      events,
      onAppended(listener) {
        listeners.push(listener);
        return () => {};
      },
    },
    watchersPerOrganizationMax: 2,
    pollIntervalMs: 5,
    onPollError: (error) => errors.push(error),
    ...options,
  });
  const commit = (id: OrganizationId): void => {
    for (const listener of listeners) listener(id);
  };
  return { feed, ends, errors, commit, lastPositions, id: newId<OrganizationId>() };
}

/** Whether the promise is settled by now, without waiting for it. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  return settled;
}

const live = () => new AbortController().signal;

describe("a watcher", () => {
  it("is woken by a commit of this process, whatever position it is at", async () => {
    const { feed, commit, id } = await createFeed();
    using watch = feed.watch(id, live());
    const news = watch.news(watch.version(), 10, longMs);
    expect(await isSettled(news)).toBe(false);
    commit(id);
    await news;
  });

  it("is not woken by another organization's", async () => {
    const { feed, commit, id } = await createFeed();
    using watch = feed.watch(id, live());
    const news = watch.news(watch.version(), 0, longMs);
    commit(newId());
    expect(await isSettled(news)).toBe(false);
  });

  it("is woken by a poll that has seen the log beyond its position", async () => {
    const { feed, ends, id } = await createFeed();
    using watch = feed.watch(id, live());
    const news = watch.news(watch.version(), 3, longMs);
    ends.set(id, 3);
    expect(await isSettled(news)).toBe(false);
    ends.set(id, 4);
    await news;
  });

  it("misses no commit between its reading and its waiting", async () => {
    const { feed, commit, id } = await createFeed();
    using watch = feed.watch(id, live());
    const seen = watch.version();
    commit(id);
    await watch.news(seen, 0, longMs);
  });

  it("waits no longer than it wants to, and no longer than its signal", async () => {
    const { feed, id } = await createFeed();
    const controller = new AbortController();
    using watch = feed.watch(id, controller.signal);
    await watch.news(watch.version(), 0, 5);
    const news = watch.news(watch.version(), 0, longMs);
    controller.abort();
    await news;
    await watch.news(watch.version(), 0, longMs);
  });
});

describe("the places", () => {
  it("are so many for each organization", async () => {
    const { feed, id } = await createFeed();
    const signal = live();
    const [first] = [feed.watch(id, signal), feed.watch(id, signal)];
    expect(() => feed.watch(id, signal)).toThrow(DomainError);
    feed.watch(newId(), signal);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    feed.watch(id, signal);
    expect(() => feed.watch(id, signal)).toThrow(DomainError);
  });

  it("are free again when the signal is aborted, whoever still holds on to them", async () => {
    const { feed, id } = await createFeed({ watchersPerOrganizationMax: 1 });
    const controller = new AbortController();
    feed.watch(id, controller.signal);
    expect(() => feed.watch(id, live())).toThrow(DomainError);
    controller.abort();
    feed.watch(id, controller.signal);
    feed.watch(id, live());
  });
});

describe("the poll", () => {
  it("asks for all watched organizations at once, and for none that nobody watches", async () => {
    const { feed, lastPositions, id } = await createFeed();
    const other = newId<OrganizationId>();
    expect(lastPositions).not.toHaveBeenCalled();
    const [one, two] = [feed.watch(id, live()), feed.watch(other, live())];
    await vi.waitFor(() => expect(lastPositions).toHaveBeenCalledWith([id, other]));
    one[Symbol.dispose]();
    await vi.waitFor(() => expect(lastPositions).toHaveBeenLastCalledWith([other]));
    two[Symbol.dispose]();
    await new Promise((resolve) => setTimeout(resolve, 10));
    const { length } = lastPositions.mock.calls;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(lastPositions.mock.calls).toHaveLength(length);
  });

  it("goes on after one that failed", async () => {
    const { feed, errors, ends, lastPositions, id } = await createFeed();
    lastPositions.mockRejectedValueOnce(new Error("away"));
    using watch = feed.watch(id, live());
    const news = watch.news(watch.version(), 0, longMs);
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    ends.set(id, 1);
    await news;
  });
});
