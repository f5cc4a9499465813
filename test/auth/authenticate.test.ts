import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Authentication, createAuthenticator } from "../../src/auth/authenticate.ts";
import { type OperatorId, parseId } from "../../src/base/ids.ts";
import { createIdGenerator } from "../../src/base/uuidv7.ts";
import { createDnsResolver } from "../../src/dns/resolver.ts";
import { auditOf, type DomainContext } from "../../src/domain/context.ts";
import { issueOperatorToken } from "../../src/domain/installation.ts";
import { createOrganization } from "../../src/domain/organizations.ts";
import { createPersonalAccessToken } from "../../src/domain/personal-access-tokens.ts";
import type { Caller, Operator } from "../../src/domain/principal.ts";
import { createKeyring } from "../../src/keys/keyring.ts";
import { mintToken } from "../../src/keys/token-format.ts";
import { openStorage } from "../../src/storage/open.ts";
import type { Member } from "../../src/storage/records.ts";
import { ManualClock } from "../support/clock.ts";

const operator: Operator = {
  kind: "operator",
  id: parseId<OperatorId>("01890a5d-ac96-774b-bcce-b302099a8057"),
};
const caller: Caller = { principal: operator, requestId: "test" };

let context: DomainContext & { readonly clock: ManualClock };
let admin: Member;
let touchErrors: unknown[];

beforeEach(async () => {
  const clock = new ManualClock();
  const storage = await openStorage({ kind: "sqlite", path: ":memory:" }, clock, "server");
  const [keyring, ids, dns] = [createKeyring(randomBytes(32)), createIdGenerator(clock), createDnsResolver()];
  context = { storage, clock, keyring, ids, dns };
  const input = { name: "Acme", join: false, inviteMatchingDomain: false, adminEmail: "a@example.com" };
  const created = await createOrganization(context, caller, input);
  if (created.admin === undefined) throw new Error("no first member");
  admin = created.admin;
  touchErrors = [];
});

afterEach(async () => {
  vi.restoreAllMocks();
  await context.storage.close();
});

function authenticate(authorization: string | null, adminToken?: string): Promise<Authentication> {
  const onTouchError = (error: unknown): void => void touchErrors.push(error);
  return createAuthenticator({ ...context, operator, adminToken, onTouchError }).authenticate(authorization);
}

async function issue(lifetimeMs?: number) {
  return await createPersonalAccessToken(context, caller, admin.organizationId, {
    userId: admin.userId,
    description: "",
    lifetimeMs,
    readOnly: true,
  });
}

const invalid = { ok: false, reason: "invalid" };
const missing = { ok: false, reason: "missing" };

describe("the Authorization header", () => {
  it.each([
    null,
    "",
    "Bearer",
    "Bearer ",
    "Bearer   ",
    "Basic dXNlcjpwYXNz",
    "Bearertoken",
    "Bearer\ttoken",
    "Bearer a b",
    "token",
    " Bearer token",
    "Bearer token, Bearer token",
  ])("holds no bearer token: %j", async (header) => {
    expect(await authenticate(header)).toEqual(missing);
  });

  it.each(["Bearer", "bearer", "BEARER", "bEaReR"])(
    "takes the scheme in any letter case: %s",
    async (scheme) => {
      const { token } = await issue();
      expect(await authenticate(`${scheme} ${token}`)).toMatchObject({ ok: true });
    },
  );

  it("takes blanks between and after", async () => {
    const { token } = await issue();
    expect(await authenticate(`Bearer    ${token}  `)).toMatchObject({ ok: true });
  });

  it("is read in a time that grows with its length, whatever is in it", async () => {
    const startMs = performance.now();
    for (const text of [" ".repeat(100_000), `x${" ".repeat(100_000)}x`, "Bearer ".repeat(20_000)]) {
      await authenticate(`Bearer ${text}`);
    }
    expect(performance.now() - startMs).toBeLessThan(1000);
  });
});

/** Of no use, and the organization's to know of. */
function knownAs(subjectId: string) {
  const { organizationId, userId: actorId } = admin;
  const credential = {
    ...{ organizationId, actorId, actorPrincipal: "user" },
    ...{ subjectType: "personal_access_token", subjectId },
  };
  return { ...invalid, credential };
}

describe("a personal access token", () => {
  it("is the person, with role, organization and what the token may do", async () => {
    const { token, record } = await issue();
    expect(await authenticate(`Bearer ${token}`)).toEqual({
      ok: true,
      credentialKey: record.id,
      principal: {
        kind: "user",
        id: admin.userId,
        organizationId: admin.organizationId,
        role: "admin",
        tokenId: record.id,
        readOnly: true,
      },
    });
  });

  it("is valid before the millisecond of its expiry and invalid from it on", async () => {
    const { token, record } = await issue(1000);
    context.clock.advance(999);
    expect(await authenticate(`Bearer ${token}`)).toMatchObject({ ok: true });
    context.clock.advance(1);
    expect(await authenticate(`Bearer ${token}`)).toEqual(knownAs(record.id));
  });

  it("is asked for anew each time: nothing is remembered", async () => {
    const find = vi.spyOn(context.storage.credentials, "findPersonalAccessToken");
    const { token, record } = await issue();
    await authenticate(`Bearer ${token}`);
    await authenticate(`Bearer ${token}`);
    expect(find).toHaveBeenCalledTimes(2);
    const { organizationId } = admin;
    await context.storage.personalAccessTokens.delete(organizationId, record.id, auditOf(context, caller));
    expect(await authenticate(`Bearer ${token}`)).toEqual(invalid);
  });

  it.each(["suspended", "left"] as const)("is invalid while its owner is %s", async (status) => {
    const { token, record } = await issue();
    const hash = context.keyring.hashToken(token);
    const credential = await context.storage.credentials.findPersonalAccessToken(hash);
    if (credential === undefined) throw new Error("no credential");
    const find = vi.spyOn(context.storage.credentials, "findPersonalAccessToken");
    find.mockResolvedValue({ ...credential, status });
    expect(await authenticate(`Bearer ${token}`)).toEqual(knownAs(record.id));
  });

  it("is not judged when storage cannot be asked: the failure is the answer", async () => {
    const { token } = await issue();
    vi.spyOn(context.storage.credentials, "findPersonalAccessToken").mockRejectedValue(new Error("away"));
    await expect(authenticate(`Bearer ${token}`)).rejects.toThrow("away");
  });
});

describe("the last use of a token", () => {
  it("is noted at the first use and then at most once in 60 s", async () => {
    const touch = vi.spyOn(context.storage.personalAccessTokens, "touch");
    const { token } = await issue();
    for (const [advance, calls] of [
      [0, 1],
      [59_999, 1],
      [1, 2],
      [59_999, 2],
      [1, 3],
    ] as const) {
      context.clock.advance(advance);
      await authenticate(`Bearer ${token}`);
      await Promise.all(touch.mock.results.map(({ value }) => value));
      expect(touch).toHaveBeenCalledTimes(calls);
    }
  });

  it("is noted off the way: the call does not wait for it", async () => {
    const { token } = await issue();
    vi.spyOn(context.storage.personalAccessTokens, "touch").mockReturnValue(new Promise(() => {}));
    expect(await authenticate(`Bearer ${token}`)).toMatchObject({ ok: true });
  });

  it("may fail to be noted, which is told and changes nothing", async () => {
    const { token } = await issue();
    const failure = new Error("away");
    vi.spyOn(context.storage.personalAccessTokens, "touch").mockRejectedValue(failure);
    expect(await authenticate(`Bearer ${token}`)).toMatchObject({ ok: true });
    await vi.waitFor(() => expect(touchErrors).toEqual([failure]));
  });

  it("is not noted for a token that is refused", async () => {
    const touch = vi.spyOn(context.storage.personalAccessTokens, "touch");
    const { token } = await issue(1);
    context.clock.advance(1);
    await authenticate(`Bearer ${token}`);
    expect(touch).not.toHaveBeenCalled();
  });
});

describe("the operator's token", () => {
  const asOperator = { ok: true, principal: operator, credentialKey: operator.id };

  it("is the one that was generated last", async () => {
    const first = await issueOperatorToken(context, { replace: false });
    expect(await authenticate(`Bearer ${first}`)).toEqual(asOperator);
    expect(await issueOperatorToken(context, { replace: false })).toBeUndefined();
    const second = await issueOperatorToken(context, { replace: true });
    expect(await authenticate(`Bearer ${first}`)).toEqual(invalid);
    expect(await authenticate(`Bearer ${second}`)).toEqual(asOperator);
  });

  it("is invalid when none was generated", async () => {
    expect(await authenticate(`Bearer ${mintToken("op")}`)).toEqual(invalid);
  });

  it("is the environment's when there is one, and then the generated one is invalid", async () => {
    const generated = await issueOperatorToken(context, { replace: false });
    const adminToken = "a-token-from-the-environment-0123456789";
    expect(await authenticate(`Bearer ${adminToken}`, adminToken)).toEqual(asOperator);
    expect(await authenticate(`Bearer ${generated}`, adminToken)).toEqual(invalid);
    expect(await authenticate(`Bearer ${adminToken.slice(1)}`, adminToken)).toEqual(invalid);
  });
});

describe("what cannot be a credential", () => {
  it.each([
    ["a SCIM token", () => mintToken("scim")],
    ["garbage", () => "garbage"],
    ["a token with a wrong checksum", () => `${mintToken("pat").slice(0, -6)}000000`],
    ["a megabyte", () => "x".repeat(1_000_000)],
    ["the name of a method", () => "__proto__"],
  ])("is invalid without a question to storage: %s", async (_what, make) => {
    const questions = [
      vi.spyOn(context.storage.credentials, "findPersonalAccessToken"),
      vi.spyOn(context.storage.credentials, "findScimConfiguration"),
      vi.spyOn(context.storage.instance, "operatorTokenHash"),
    ];
    expect(await authenticate(`Bearer ${make()}`)).toEqual(invalid);
    for (const question of questions) expect(question).not.toHaveBeenCalled();
  });
});
