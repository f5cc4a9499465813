// What opens an RPC and what does not, and that callers learn nothing from the difference.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mintToken } from "../../src/keys/token-format.ts";
import { endpoints } from "../../src/rpc/router.ts";
import { type Protocol, protocols, startTestServer, type TestServer } from "../support/server.ts";
import { rejection } from "./support/expect.ts";
import { invokeAny, nameOf } from "./support/methods.ts";
import { fieldOf, type RawAnswer, send, visible, visibleError } from "./support/raw.ts";
import { smallestValid } from "./support/rules.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});

afterAll(() => server[Symbol.asyncDispose]());

const identity = "/gitpod.v1.IdentityService/GetAuthenticatedIdentity";

function withHeader(authorization: string | undefined, path = identity): Promise<RawAnswer> {
  return send(server, path, authorization === undefined ? {} : { headers: { Authorization: authorization } });
}

/** Tokens that open nothing here, each for a reason of its own. */
const dead: readonly (readonly [string, () => string | Promise<string>])[] = [
  ["a SCIM token, which opens /scim/v2 and no RPC", () => world.scimToken],
  ["garbage", () => "garbage"],
  ["one character", () => "x"],
  ["8,000 characters", () => "x".repeat(8000)],
  ["a well-formed token that was never issued", () => mintToken("pat")],
  ["a well-formed operator token that was never issued", () => mintToken("op")],
  ["a token with one character more", () => `${world.admin.token}0`],
  ["a token with one character less", () => world.admin.token.slice(0, -1)],
  [
    "a token with another checksum",
    () => world.admin.token.slice(0, -1) + (world.admin.token.endsWith("0") ? "1" : "0"),
  ],
  ["a token in upper case", () => world.admin.token.toUpperCase()],
  ["the token of a kind under the prefix of another", () => server.operatorToken.replace("_op_", "_pat_")],
  ["an expired token", expired],
  ["a deleted token", deleted],
  ["the token of a suspended member", suspended],
  ["the id of a token's record", () => world.personalAccessTokenId],
  ["the hash of a token, as the database has it", storedHash],
];

async function expired(): Promise<string> {
  const token = await server.tokenFor(world.admin, { lifetimeMs: 1 });
  server.clock.advance(1);
  return token;
}

async function deleted(): Promise<string> {
  const person = await server.colleague(world.admin);
  server.sql("DELETE FROM personal_access_tokens WHERE user_id = ?", person.userId);
  return person.token;
}

async function suspended(): Promise<string> {
  const person = await server.colleague(world.admin);
  server.sql("UPDATE members SET status = 'suspended' WHERE user_id = ?", person.userId);
  return person.token;
}

function storedHash(): string {
  const [row] = server.rows("SELECT hex(token_hash) AS hash FROM personal_access_tokens LIMIT 1");
  return typeof row === "object" && row !== null && "hash" in row ? String(row.hash) : "";
}

describe("a token that opens nothing", () => {
  it.each(dead)("is answered like every other such token: %s", async (_what, make) => {
    const answer = await withHeader(`Bearer ${await make()}`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(visible(answer)).toEqual(visible(await withHeader("Bearer unknown")));
    expect(fieldOf(answer, "message")).toBe(
      "the token opens nothing here: it is unknown, expired, revoked, or of another kind",
    );
  });

  it.each(protocols)("is answered so over %s", async (protocol: Protocol) => {
    const { method } =
      endpoints.find((each) => nameOf(each) === "OrganizationService/ListSCIMConfigurations") ?? {};
    if (method === undefined) throw new Error("no such method");
    const errorOf = async (token: string) =>
      visibleError(
        await rejection(
          invokeAny(server.transport({ token, protocol }), method, smallestValid(method.input)),
        ),
      );
    const unknown = await errorOf("unknown");
    expect(unknown.code).toBe("Unauthenticated");
    expect(unknown.headers).toContain("www-authenticate: Bearer");
    for (const [, make] of dead) expect(await errorOf(await make())).toEqual(unknown);
  });
});

describe("a call without a bearer token", () => {
  const missing = [
    ["no header", undefined],
    ["an empty header", ""],
    ["a scheme alone", "Bearer"],
    ["a scheme and blanks", "Bearer    "],
    ["another scheme", `Basic ${Buffer.from("user:password").toString("base64")}`],
    ["two tokens", "Bearer one two"],
    ["a token without a scheme", mintToken("pat")],
  ] as const;

  it.each(missing)("is told how to bring one: %s", async (_what, authorization) => {
    const answer = await withHeader(authorization);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(visible(answer)).toEqual(visible(await withHeader(undefined)));
    expect(fieldOf(answer, "message")).toBe(
      "missing credentials: send the header `Authorization: Bearer <token>`",
    );
  });
});

describe("every method", () => {
  // The one stream is refused alike, which watch-events.test.ts asks in a stream's own content type.
  const unary = endpoints.filter(({ method }) => method.methodKind === "unary");

  it.each(unary.map((endpoint) => ({ name: nameOf(endpoint) })))("$name needs a token", async ({ name }) => {
    for (const authorization of [undefined, `Bearer ${world.scimToken}`, "Bearer unknown"]) {
      const answer = await withHeader(authorization, `/gitpod.v1.${name}`);
      expect(visible(answer)).toEqual(visible(await withHeader(authorization)));
    }
  });

  it("refuses before it looks at the message", async () => {
    const answer = await send(server, identity, { body: "{ this is no JSON" });
    expect(answer.status).toBe(401);
  });
});

describe("someone who can write to the database", () => {
  it("cannot make a token by inserting its SHA-256", async () => {
    const token = mintToken("pat");
    const hash = createHash("sha256").update(token).digest("hex");
    server.sql(
      `INSERT INTO personal_access_tokens
       SELECT organization_id, ?, user_id, description, creator_id, creator_principal, read_only, created_at,
              expires_at, last_used_at, X'${hash}'
       FROM personal_access_tokens WHERE id = ?`,
      "01890a5d-ac96-774b-bcce-b302099a8057",
      world.personalAccessTokenId,
    );
    expect((await withHeader(`Bearer ${token}`)).status).toBe(401);
  });

  it("cannot make an operator token so", async () => {
    const token = mintToken("op");
    const hash = createHash("sha256").update(token).digest("hex");
    const [row] = server.rows("SELECT value FROM instance WHERE key = 'operator_token_hash'");
    const value = typeof row === "object" && row !== null && "value" in row ? String(row.value) : "";
    expect(value).not.toBe("");
    const setHash = "UPDATE instance SET value = ? WHERE key = 'operator_token_hash'";
    server.sql(setHash, hash);
    const answer = await withHeader(`Bearer ${token}`);
    server.sql(setHash, value);
    expect(answer.status).toBe(401);
    expect((await withHeader(`Bearer ${server.operatorToken}`)).status).toBe(200);
  });
});
