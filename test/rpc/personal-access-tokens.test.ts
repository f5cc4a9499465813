import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Principal } from "../../gen/gitpod/v1/identity_pb.ts";
import type { PersonalAccessToken } from "../../gen/gitpod/v1/user_pb.ts";
import { tokenKindOf } from "../../src/keys/token-format.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { awkwardNames } from "./support/awkward.ts";
import { expectCode, present } from "./support/expect.ts";
import { isAlive, recordsOf, users } from "./support/people.ts";

let server: TestServer;
let admin: TestTenant;
let member: TestTenant;

beforeAll(async () => {
  server = await startTestServer();
  admin = await server.tenant();
  member = await server.colleague(admin);
});

afterAll(() => server[Symbol.asyncDispose]());

async function newest({ userId }: TestTenant): Promise<PersonalAccessToken> {
  return present((await recordsOf(server, userId)).at(-1));
}

function lifetimeSeconds({ createdAt, expiresAt }: PersonalAccessToken): number {
  return (timestampMs(present(expiresAt)) - timestampMs(present(createdAt))) / 1000;
}

describe("CreatePersonalAccessToken", () => {
  it("gives a person a token of the personal kind, which is theirs", async () => {
    const { token } = await users(server, member.token).createPersonalAccessToken({
      userId: member.userId,
      description: "laptop",
    });
    expect(token).toMatch(/^orgsvc_pat_[0-9A-Za-z]{49}$/);
    expect(tokenKindOf(token)).toBe("pat");
    const { user } = await users(server, token).getAuthenticatedUser({});
    expect(user?.id).toBe(member.userId);
  });

  it("records who made it: the person", async () => {
    await users(server, member.token).createPersonalAccessToken({ userId: member.userId, readOnly: true });
    expect(await newest(member)).toMatchObject({
      userId: member.userId,
      creator: { id: member.userId, principal: Principal.USER },
      readOnly: true,
      description: "",
    });
  });

  it("records who made it: the operator, who may for anybody", async () => {
    await users(server, server.operatorToken).createPersonalAccessToken({ userId: member.userId });
    expect((await newest(member)).creator?.principal).toBe(Principal.SERVICE_ACCOUNT);
  });

  it.each(["admin", "member"] as const)(
    "is permission_denied for another person, to an %s as well",
    async (role) => {
      const [caller, other] = role === "admin" ? [admin, member] : [member, admin];
      const before = await recordsOf(server, other.userId);
      const call = users(server, caller.token).createPersonalAccessToken({ userId: other.userId });
      await expectCode(call, Code.PermissionDenied);
      expect(await recordsOf(server, other.userId)).toEqual(before);
    },
  );

  it.each(["suspended", "left"])("is not_found for a person who is %s", async (status) => {
    const { userId } = await server.colleague(admin);
    server.sql("UPDATE members SET status = ? WHERE user_id = ?", status, userId);
    const call = users(server, server.operatorToken).createPersonalAccessToken({ userId });
    await expectCode(call, Code.NotFound);
  });

  it.each(awkwardNames.map((name) => [name]))(
    "gives the description back byte for byte: %j",
    async (description) => {
      await users(server, admin.token).createPersonalAccessToken({ userId: admin.userId, description });
      expect((await newest(admin)).description).toBe(description);
    },
  );
});

describe("the lifetime of a personal access token", () => {
  const defaultSeconds = 30 * 86_400;
  const maxSeconds = 7_776_000;

  async function created(validFor: { readonly seconds: bigint; readonly nanos?: number } | undefined) {
    const request = { userId: admin.userId, ...(validFor === undefined ? {} : { validFor }) };
    await users(server, admin.token).createPersonalAccessToken(request);
    return await newest(admin);
  }

  it("is 30 days when none is asked for", async () => {
    expect(lifetimeSeconds(await created(undefined))).toBe(defaultSeconds);
  });

  it("is 30 days when 0 is asked for", async () => {
    expect(lifetimeSeconds(await created({ seconds: 0n }))).toBe(defaultSeconds);
  });

  it("is what is asked for, from a second to 90 days", async () => {
    expect(lifetimeSeconds(await created({ seconds: 1n }))).toBe(1);
    expect(lifetimeSeconds(await created({ seconds: BigInt(maxSeconds) }))).toBe(maxSeconds);
  });

  it("is never the default when less than a millisecond is asked for", async () => {
    expect(lifetimeSeconds(await created({ seconds: 0n, nanos: 1 }))).toBe(0.001);
    expect(lifetimeSeconds(await created({ seconds: 0n, nanos: 1_500_000 }))).toBeLessThanOrEqual(0.002);
  });

  it.each([BigInt(maxSeconds + 1), -1n])("cannot be %i seconds", async (seconds) => {
    const { rawMessage } = await expectCode(created({ seconds }), Code.InvalidArgument);
    expect(rawMessage).toMatch(/^valid_for: /);
  });

  it("ends at the millisecond", async () => {
    const { organizationId } = admin;
    const own = await server.colleague({ ...admin, organizationId });
    const token = await server.tokenFor(own, { lifetimeMs: 60_000 });
    server.clock.advance(59_999);
    expect(await isAlive(server, token)).toBe(true);
    server.clock.advance(1);
    expect(await isAlive(server, token)).toBe(false);
  });

  it("stays ended, and in the list, until the record is deleted", async () => {
    const own = await server.colleague(admin);
    const token = await server.tokenFor(own, { lifetimeMs: 1000 });
    server.clock.advance(1000);
    expect(await isAlive(server, token)).toBe(false);
    expect(await recordsOf(server, own.userId)).toHaveLength(2);
  });
});

describe("DeletePersonalAccessToken", () => {
  it("kills the token at once, and no other of the person", async () => {
    const own = await server.colleague(admin);
    const second = await server.tokenFor(own);
    const [first] = await recordsOf(server, own.userId);
    await users(server, second).deletePersonalAccessToken({ personalAccessTokenId: present(first).id });
    expect(await isAlive(server, own.token)).toBe(false);
    expect(await isAlive(server, second)).toBe(true);
  });

  it("lets a token delete itself", async () => {
    const own = await server.colleague(admin);
    const [record] = await recordsOf(server, own.userId);
    await users(server, own.token).deletePersonalAccessToken({ personalAccessTokenId: present(record).id });
    expect(await isAlive(server, own.token)).toBe(false);
  });

  it("is not_found the second time, like reading what was deleted", async () => {
    const own = await server.colleague(admin);
    const personalAccessTokenId = present((await recordsOf(server, own.userId))[0]).id;
    const operator = users(server, server.operatorToken);
    await operator.deletePersonalAccessToken({ personalAccessTokenId });
    await expectCode(operator.deletePersonalAccessToken({ personalAccessTokenId }), Code.NotFound);
    await expectCode(operator.getPersonalAccessToken({ personalAccessTokenId }), Code.NotFound);
    expect(await recordsOf(server, own.userId)).toEqual([]);
  });

  it("is an admin's right over everybody's token in the organization", async () => {
    const own = await server.colleague(admin);
    const personalAccessTokenId = present((await recordsOf(server, own.userId))[0]).id;
    await users(server, admin.token).deletePersonalAccessToken({ personalAccessTokenId });
    expect(await isAlive(server, own.token)).toBe(false);
  });

  it("is permission_denied to a member over somebody else's, which stays alive", async () => {
    const own = await server.colleague(admin);
    const personalAccessTokenId = present((await recordsOf(server, own.userId))[0]).id;
    const call = users(server, member.token).deletePersonalAccessToken({ personalAccessTokenId });
    await expectCode(call, Code.PermissionDenied);
    expect(await isAlive(server, own.token)).toBe(true);
  });
});

describe("a token whose owner", () => {
  it.each(["suspended", "left"])(
    "is %s is dead at once, and alive again when the owner is active again",
    async (status) => {
      const own = await server.colleague(admin);
      expect(await isAlive(server, own.token)).toBe(true);
      server.sql("UPDATE members SET status = ? WHERE user_id = ?", status, own.userId);
      expect(await isAlive(server, own.token)).toBe(false);
      server.sql("UPDATE members SET status = 'active' WHERE user_id = ?", own.userId);
      expect(await isAlive(server, own.token)).toBe(true);
    },
  );

  it("gets another role has that role at the next call", async () => {
    const own = await server.colleague(admin);
    const personalAccessTokenId = present((await recordsOf(server, admin.userId))[0]).id;
    const read = () => users(server, own.token).getPersonalAccessToken({ personalAccessTokenId });
    await expectCode(read(), Code.PermissionDenied);
    server.sql("UPDATE members SET role = 'admin' WHERE user_id = ?", own.userId);
    await read();
    server.sql("UPDATE members SET role = 'member' WHERE user_id = ?", own.userId);
    await expectCode(read(), Code.PermissionDenied);
  });
});
