import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { expectCode, present } from "./support/expect.ts";
import { isAlive, recordsOf, users } from "./support/people.ts";

let server: TestServer;
let admin: TestTenant;
let member: TestTenant;
let outsider: TestTenant;

beforeAll(async () => {
  server = await startTestServer();
  admin = await server.tenant();
  member = await server.colleague(admin);
  outsider = await server.tenant();
});

afterAll(() => server[Symbol.asyncDispose]());

async function ownersSeenBy(token: string, userIds: readonly string[] = []): Promise<string[]> {
  const request = { filter: { userIds: [...userIds] }, pagination: { pageSize: 100 } };
  const { personalAccessTokens } = await users(server, token).listPersonalAccessTokens(request);
  return personalAccessTokens.map(({ userId }) => userId).toSorted();
}

describe("ListPersonalAccessTokens", () => {
  it("shows a member their own tokens and nobody else's", async () => {
    expect(await ownersSeenBy(member.token)).toEqual([member.userId]);
    expect(await ownersSeenBy(member.token, [admin.userId])).toEqual([]);
    expect(await ownersSeenBy(member.token, [admin.userId, member.userId])).toEqual([member.userId]);
  });

  it("shows an admin all tokens of the organization, and those of the people named", async () => {
    expect(await ownersSeenBy(admin.token)).toEqual([admin.userId, member.userId].toSorted());
    expect(await ownersSeenBy(admin.token, [member.userId])).toEqual([member.userId]);
  });

  it("shows nobody the tokens of another organization, not even when it names their owner", async () => {
    expect(await ownersSeenBy(outsider.token)).toEqual([outsider.userId]);
    expect(await ownersSeenBy(outsider.token, [admin.userId, member.userId])).toEqual([]);
  });

  it("shows the operator all tokens of all organizations, and those of the people named", async () => {
    const everybody = [admin.userId, member.userId, outsider.userId].toSorted();
    expect(await ownersSeenBy(server.operatorToken)).toEqual(everybody);
    expect(await ownersSeenBy(server.operatorToken, [outsider.userId])).toEqual([outsider.userId]);
  });

  it("finds people by their ids in upper case, and twice named once", async () => {
    expect(await ownersSeenBy(admin.token, [member.userId.toUpperCase(), member.userId])).toEqual([
      member.userId,
    ]);
  });

  it("takes 25 people in the filter and refuses 26, naming the field", async () => {
    const people = (count: number) => [
      admin.userId,
      ...Array.from({ length: count - 1 }, () => crypto.randomUUID()),
    ];
    expect(await ownersSeenBy(admin.token, people(25))).toEqual([admin.userId]);
    const { rawMessage } = await expectCode(ownersSeenBy(admin.token, people(26)), Code.InvalidArgument);
    expect(rawMessage).toMatch(/^filter\.user_ids: /);
  });

  it("shows what GetPersonalAccessToken shows, to whoever may see it", async () => {
    const [record] = await recordsOf(server, member.userId);
    for (const token of [member.token, admin.token, server.operatorToken]) {
      const personalAccessTokenId = present(record).id;
      const { pat } = await users(server, token).getPersonalAccessToken({ personalAccessTokenId });
      expect({ ...pat, lastUsed: undefined }).toEqual({ ...record, lastUsed: undefined });
    }
  });

  it("is GetPersonalAccessToken's word too: a member may not read an admin's", async () => {
    const [record] = await recordsOf(server, admin.userId);
    const personalAccessTokenId = present(record).id;
    const call = users(server, member.token).getPersonalAccessToken({ personalAccessTokenId });
    await expectCode(call, Code.PermissionDenied);
  });
});

describe("the last use of a token", () => {
  async function lastUsedMs({ userId }: TestTenant): Promise<number | undefined> {
    const record = present((await recordsOf(server, userId))[0]);
    return record.lastUsed === undefined ? undefined : timestampMs(record.lastUsed);
  }

  /** The use is noted off the request's path. Storage works in order: what was queued before a write is done after it. */
  async function settle(): Promise<void> {
    await server.tenant();
  }

  async function use(person: TestTenant): Promise<void> {
    expect(await isAlive(server, person.token)).toBe(true);
    await settle();
  }

  it("is absent until there is one", async () => {
    const person = await server.colleague(admin);
    expect(await lastUsedMs(person)).toBeUndefined();
  });

  it("is the time of the first call", async () => {
    const person = await server.colleague(admin);
    await use(person);
    expect(await lastUsedMs(person)).toBe(server.clock.nowMs());
  });

  it("is not written again for a call within 60 s, and is for the first one after", async () => {
    const person = await server.colleague(admin);
    await use(person);
    const first = server.clock.nowMs();
    server.clock.advance(59_999);
    await use(person);
    expect(await lastUsedMs(person)).toBe(first);
    server.clock.advance(1);
    await use(person);
    expect(await lastUsedMs(person)).toBe(first + 60_000);
  });

  it("counts a call that is refused for what it asks, and none that is refused for its token", async () => {
    const person = await server.colleague(admin);
    server.sql("UPDATE members SET status = 'suspended' WHERE user_id = ?", person.userId);
    expect(await isAlive(server, person.token)).toBe(false);
    await settle();
    expect(await lastUsedMs(person)).toBeUndefined();
    server.sql("UPDATE members SET status = 'active' WHERE user_id = ?", person.userId);
    const call = users(server, person.token).getUser({ userId: outsider.userId });
    await expectCode(call, Code.NotFound);
    await settle();
    expect(await lastUsedMs(person)).toBe(server.clock.nowMs());
  });

  it("is no event in the audit log", async () => {
    const person = await server.colleague(admin);
    const events = () =>
      server.rows("SELECT 1 FROM events WHERE organization_id = ?", admin.organizationId).length;
    const before = events();
    await use(person);
    expect(events()).toBe(before);
  });

  it("costs the call nothing when it cannot be noted", async () => {
    const person = await server.colleague(admin);
    const touch = vi.spyOn(server.app.context.storage.personalAccessTokens, "touch");
    touch.mockRejectedValue(new Error("made to fail"));
    try {
      expect(await isAlive(server, person.token)).toBe(true);
      expect(touch).toHaveBeenCalledOnce();
    } finally {
      touch.mockRestore();
    }
  });
});

it("keeps the token itself out of its record", async () => {
  const records = await recordsOf(server, admin.userId);
  const names = Object.keys(present(records[0]));
  expect(names.filter((name) => /token|secret|hash/i.test(name))).toEqual([]);
});
