// A long session with secrets where they belong and where they do not (S6). Afterwards they must be nowhere.
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { toJsonString } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { parseId, type SsoConfigurationId } from "../../src/base/ids.ts";
import { mintToken } from "../../src/keys/token-format.ts";
import { type Codec, type Protocol, startTestServer, type TestServer } from "../support/server.ts";
import { type Haystack, leaksOf } from "./support/leaks.ts";
import { type BuiltMethod, builtMethods, invoke } from "./support/methods.ts";
import { escapedInUrl, misplacedBodies, misplacedRequests, pathsWith } from "./support/misplaced.ts";
import { send } from "./support/raw.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;
/** Every answer that is not meant to carry a secret: body and headers. */
const answers: string[] = [];
/** By name, every secret that was in use. */
const secrets = new Map<string, string>();
let ssoConfigurationId: string;
let world: World;

const newSecret = () => randomBytes(24).toString("hex");

beforeAll(async () => {
  server = await startTestServer({ LOG_LEVEL: "trace" });
  world = await createWorld(server);
  secrets.set("operator token", server.operatorToken);
  secrets.set("admin's token", world.admin.token);
  secrets.set("member's token", world.member.token);
  secrets.set("SCIM token", world.scimToken);
  await useClientSecrets();
  await callEverything();
  await misplace("token that was never issued", mintToken("pat"));
  await misplace("live token in the wrong place", world.member.token);
  await misplace("client secret in the wrong place", newSecret());
  await send(server, "/healthz", { method: "GET", headers: { "X-Request-Id": "the-last-request" } });
  await vi.waitFor(() => expect(server.logs.at(-1)).toContain("the-last-request"));
}, 60_000);

afterAll(() => server[Symbol.asyncDispose]());

async function useClientSecrets(): Promise<void> {
  const client = server.client(OrganizationService, { token: world.admin.token });
  for (const name of ["first", "second", "third"]) secrets.set(`${name} client secret`, newSecret());
  const [first = "", second = "", third = ""] = [...secrets.values()].slice(-3);
  const created = await client.createSSOConfiguration({
    organizationId: world.organizationId,
    clientId: "client",
    clientSecret: first,
    issuerUrl: "https://issuer.example.com",
  });
  ssoConfigurationId = created.ssoConfiguration?.id ?? "";
  await client.updateSSOConfiguration({ ssoConfigurationId, clientSecret: second });
  await client.updateSSOConfiguration({ ssoConfigurationId, clientSecret: third });
}

/** Every method in every protocol, with a secret that is not meant to come back in the answers. */
async function callEverything(): Promise<void> {
  for (const built of builtMethods) {
    await callOnce(built, { protocol: "connect", codec: "json" });
    await callOnce(built, { protocol: "grpc", codec: "binary" });
    await callOnce(built, { protocol: "grpc-web", codec: "json" });
  }
}

async function callOnce(
  built: BuiltMethod,
  options: { readonly protocol: Protocol; readonly codec: Codec },
): Promise<void> {
  const own = await createWorld(server);
  const token = built.caller === "operator" ? server.operatorToken : own.admin.token;
  const response = await invoke(server.transport({ ...options, token }), built.method, built.request(own));
  if ("token" in response.message && typeof response.message.token === "string") {
    secrets.set(`${built.name} ${options.protocol} ${options.codec}`, response.message.token);
  } else answers.push(toJsonString(built.method.output, response.message));
  answers.push(JSON.stringify([...response.header, ...response.trailer]));
  // And refused, for want of permission or of a credential that opens anything.
  for (const refused of [own.scimToken, own.member.token]) {
    const call = invoke(server.transport({ ...options, token: refused }), built.method, built.request(own));
    await call.catch((error: unknown) => answers.push(describeError(error)));
  }
  if (options.protocol !== "connect") return;
  secrets.set(`SCIM token in the world of ${built.name}`, own.scimToken);
  secrets.set(`admin's token in the world of ${built.name}`, own.admin.token);
}

function describeError(error: unknown): string {
  if (!(error instanceof ConnectError)) return String(error);
  return JSON.stringify([error.rawMessage, [...error.metadata], error.details.map(String)]);
}

async function misplace(name: string, secret: string): Promise<void> {
  secrets.set(name, secret);
  const { token } = world.admin;
  const requests = misplacedRequests(secret);
  const authenticated = [...requests, ...misplacedBodies(secret)].map((request) => ({ token, ...request }));
  for (const batch of chunks([...requests, ...authenticated], 25)) {
    await Promise.all(
      batch.map(async ({ path, ...request }) => {
        const { text, headers } = await send(server, path, request);
        answers.push(text, JSON.stringify([...headers]));
      }),
    );
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function files(): Haystack[] {
  const folder = dirname(server.databasePath);
  const names = readdirSync(folder).filter((name) => !name.endsWith(".key"));
  return names.map((name) => ({ what: `file ${name}`, bytes: readFileSync(join(folder, name)) }));
}

function expectNowhere(haystacks: readonly Haystack[]): void {
  const found = [...secrets].flatMap(([name, secret]) =>
    leaksOf(secret, haystacks).map((leak) => `${name} in ${leak}`),
  );
  expect(found.slice(0, 5)).toEqual([]);
}

describe("after the session no secret is", () => {
  it("in the log", () => {
    expect(server.logs.length).toBeGreaterThan(1000);
    expectNowhere([{ what: "log", bytes: Buffer.from(server.logs.join("")) }]);
  });

  it("in an answer that does not issue it, body or header", () => {
    expect(answers.length).toBeGreaterThan(500);
    expectNowhere([{ what: "answers", bytes: Buffer.from(answers.join("\n")) }]);
  });

  it("in the database's files, the write-ahead log included", () => {
    expect(files().map(({ what }) => what)).toContain("file test.db-wal");
    expectNowhere(files());
  });

  it("in a backup", async () => {
    const file = `${server.databasePath}.backup`;
    await server.app.context.storage.backup(file, () => {});
    expectNowhere([{ what: "backup", bytes: readFileSync(file) }]);
  });
});

describe("a path of no route", () => {
  async function logOf(paths: readonly string[]): Promise<Haystack[]> {
    await using own = await startTestServer({ LOG_LEVEL: "trace" });
    for (const path of paths) await send(own, path);
    await vi.waitFor(() => expect(own.logs).toHaveLength(paths.length));
    return [{ what: "log", bytes: Buffer.from(own.logs.join("")) }];
  }

  it("is logged without the tokens in it", async () => {
    const token = mintToken("pat");
    expect(leaksOf(token, await logOf(pathsWith(token)))).toEqual([]);
  });

  // Known: src/server/request-handler.ts logs every path as it is, and only tokens in clear can be told from a path.
  it("is logged without any secret in it, whatever its form", async () => {
    const secret = newSecret();
    expect(leaksOf(secret, await logOf(pathsWith(secret)))).toEqual([]);
  });

  it("is logged without the escaped tokens in it", async () => {
    const token = mintToken("pat");
    expect(leaksOf(token, await logOf(pathsWith(escapedInUrl(token))))).toEqual([]);
  });
});

describe("the search for secrets", () => {
  it("finds one in every form", () => {
    const token = mintToken("scim");
    const random = token.slice("orgsvc_scim_".length);
    const written = [
      token,
      random.slice(7, 25),
      Buffer.from(token).toString("hex"),
      Buffer.from(token).toString("base64"),
      Buffer.from(`x${token}`).toString("base64url"),
      Buffer.from(`{"token":"${token}"}`).toString("base64"),
      `path?token=${encodeURIComponent(token)}`,
      JSON.stringify(JSON.stringify({ token })),
    ];
    for (const text of written)
      expect(leaksOf(token, [{ what: "text", bytes: Buffer.from(text) }])).not.toEqual([]);
    expect(leaksOf(token, [{ what: "text", bytes: Buffer.from(mintToken("scim")) }])).toEqual([]);
  });
});

it("keeps the client secret all the same: sealed, for this configuration alone", async () => {
  const { storage, keyring } = server.app.context;
  const stored = await storage.ssoConfigurations.get(
    parseId(world.organizationId),
    parseId<SsoConfigurationId>(ssoConfigurationId),
  );
  const binding = (organizationId: string) =>
    `sso_configurations/${organizationId}/${stored.id}/client_secret`;
  const opened = keyring.unseal(stored.sealedClientSecret, binding(world.organizationId));
  expect(opened).toBe(secrets.get("third client secret"));
  expect(() => keyring.unseal(stored.sealedClientSecret, binding(crypto.randomUUID()))).toThrow();
});
