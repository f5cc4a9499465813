import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { tokenKindOf } from "../../src/keys/token-format.ts";
import type { ScimConfiguration } from "../../src/storage/records.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { expectCode, present } from "./support/expect.ts";
import { actionsOf } from "./support/raw.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});

afterAll(() => server[Symbol.asyncDispose]());

const client = () => server.client(OrganizationService, { token: world.admin.token });

function opens(token: string): Promise<ScimConfiguration | undefined> {
  const { keyring, storage } = server.app.context;
  return storage.credentials.findScimConfiguration(keyring.hashToken(token));
}

interface Issued {
  readonly scimConfigurationId: string;
  readonly token: string;
  /** From now to token_expires_at. */
  readonly lifetimeSeconds: number;
}

async function create(seconds: number | undefined): Promise<Issued> {
  const { organizationId, ssoConfigurationId } = world;
  const response = await client().createSCIMConfiguration({
    organizationId,
    ssoConfigurationId,
    ...(seconds === undefined ? {} : { tokenExpiresIn: { seconds: BigInt(seconds) } }),
  });
  const configuration = present(response.scimConfiguration);
  expect(response.tokenExpiresAt).toEqual(configuration.tokenExpiresAt);
  return {
    scimConfigurationId: configuration.id,
    token: response.token,
    lifetimeSeconds: (timestampMs(present(response.tokenExpiresAt)) - server.clock.nowMs()) / 1000,
  };
}

async function regenerate(scimConfigurationId: string, seconds: number | undefined): Promise<Issued> {
  const { token, tokenExpiresAt } = await client().regenerateSCIMToken({
    scimConfigurationId,
    ...(seconds === undefined ? {} : { tokenExpiresIn: { seconds: BigInt(seconds) } }),
  });
  const { scimConfiguration } = await client().getSCIMConfiguration({ scimConfigurationId });
  expect(scimConfiguration?.tokenExpiresAt).toEqual(tokenExpiresAt);
  const lifetimeSeconds = (timestampMs(present(tokenExpiresAt)) - server.clock.nowMs()) / 1000;
  return { scimConfigurationId, token, lifetimeSeconds };
}

const day = 86_400;
const bounds = [86_400, 63_072_000] as const;
const outside = [86_399, 63_072_001, 0, -1] as const;

describe("the token of a new SCIM configuration", () => {
  it("is of the SCIM kind, with a checksum that holds", async () => {
    const { token } = await create(undefined);
    expect(token).toMatch(/^orgsvc_scim_[0-9A-Za-z]{49}$/);
    expect(tokenKindOf(token)).toBe("scim");
  });

  it("opens its configuration", async () => {
    const { token, scimConfigurationId } = await create(undefined);
    expect(await opens(token)).toMatchObject({ id: scimConfigurationId });
  });

  it("lives 365 days to the second, when no lifetime is asked for", async () => {
    expect((await create(undefined)).lifetimeSeconds).toBe(365 * day);
  });

  it.each(bounds)("lives as long as asked for, at the bound of %i seconds", async (seconds) => {
    expect((await create(seconds)).lifetimeSeconds).toBe(seconds);
  });

  it.each(outside)("cannot live %i seconds", async (seconds) => {
    const { rawMessage } = await expectCode(create(seconds), Code.InvalidArgument);
    expect(rawMessage).toMatch(/^token_expires_in: /);
  });

  it("is another for every configuration", async () => {
    const issued = await Promise.all(Array.from({ length: 10 }, () => create(undefined)));
    expect(new Set(issued.map(({ token }) => token)).size).toBe(10);
  });
});

describe("RegenerateSCIMToken", () => {
  it("gives another token, which opens the configuration, and the previous one opens nothing from then on", async () => {
    const before = await create(undefined);
    const after = await regenerate(before.scimConfigurationId, undefined);
    expect(tokenKindOf(after.token)).toBe("scim");
    expect(after.token).not.toBe(before.token);
    expect(await opens(after.token)).toMatchObject({ id: before.scimConfigurationId });
    expect(await opens(before.token)).toBeUndefined();
  });

  it("counts the lifetime of the previous token again from now, when it is asked for none", async () => {
    const { scimConfigurationId } = await create(3 * day);
    server.clock.advance(2 * day * 1000);
    expect((await regenerate(scimConfigurationId, undefined)).lifetimeSeconds).toBe(3 * day);
  });

  it("remembers the lifetime that it was asked for", async () => {
    const { scimConfigurationId } = await create(undefined);
    expect((await regenerate(scimConfigurationId, 2 * day)).lifetimeSeconds).toBe(2 * day);
    expect((await regenerate(scimConfigurationId, undefined)).lifetimeSeconds).toBe(2 * day);
  });

  it.each(bounds)("takes a lifetime at the bound of %i seconds", async (seconds) => {
    const { scimConfigurationId } = await create(undefined);
    expect((await regenerate(scimConfigurationId, seconds)).lifetimeSeconds).toBe(seconds);
  });

  it.each(outside)("refuses a lifetime of %i seconds, and leaves the token as it is", async (seconds) => {
    const { scimConfigurationId, token } = await create(undefined);
    const { rawMessage } = await expectCode(regenerate(scimConfigurationId, seconds), Code.InvalidArgument);
    expect(rawMessage).toMatch(/^token_expires_in: /);
    expect(await opens(token)).toMatchObject({ id: scimConfigurationId });
  });

  it("revives a configuration whose token has expired", async () => {
    const { scimConfigurationId } = await create(day);
    server.clock.advance(2 * day * 1000);
    world = { ...world, admin: { ...world.admin, token: await server.tokenFor(world.admin) } };
    const { token } = await regenerate(scimConfigurationId, undefined);
    expect((await opens(token))?.tokenExpiresAtMs).toBe(server.clock.nowMs() + day * 1000);
  });

  it("changes nothing of the configuration but the token's expiry and updated_at", async () => {
    const { scimConfigurationId } = await create(undefined);
    const before = (await client().getSCIMConfiguration({ scimConfigurationId })).scimConfiguration;
    server.clock.advance(1000);
    await regenerate(scimConfigurationId, 2 * day);
    const after = (await client().getSCIMConfiguration({ scimConfigurationId })).scimConfiguration;
    const { tokenExpiresAt, updatedAt } = present(after);
    expect(after).toEqual({ ...before, tokenExpiresAt, updatedAt });
  });

  it("is in the audit log", async () => {
    const { scimConfigurationId } = await create(undefined);
    await regenerate(scimConfigurationId, undefined);
    expect((await actionsOf(server, world.organizationId)).slice(-2)).toEqual([
      "scim_configuration created",
      "scim_configuration token_regenerated",
    ]);
  });
});
