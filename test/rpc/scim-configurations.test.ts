import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  OrganizationService,
  type SCIMConfiguration,
  type UpdateSCIMConfigurationRequestSchema,
} from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { awkwardNames } from "./support/awkward.ts";
import { expectCode, present } from "./support/expect.ts";
import { actionsOf } from "./support/raw.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const client = (world: World) => server.client(OrganizationService, { token: world.admin.token });

async function get(world: World): Promise<SCIMConfiguration> {
  const { scimConfigurationId } = world;
  const { scimConfiguration } = await client(world).getSCIMConfiguration({ scimConfigurationId });
  return present(scimConfiguration);
}

describe("CreateSCIMConfiguration", () => {
  it("makes an enabled configuration that links no unverified email, unless told to", async () => {
    const world = await createWorld(server);
    const { organizationId, ssoConfigurationId } = world;
    const { scimConfiguration } = await client(world).createSCIMConfiguration({
      organizationId,
      ssoConfigurationId,
    });
    expect(scimConfiguration).toMatchObject({
      organizationId,
      ssoConfigurationId,
      name: "",
      enabled: true,
      allowUnverifiedEmailAccountLinking: false,
    });
    const asked = await client(world).createSCIMConfiguration({
      organizationId,
      ssoConfigurationId,
      allowUnverifiedEmailAccountLinking: true,
    });
    expect(asked.scimConfiguration).toMatchObject({
      enabled: true,
      allowUnverifiedEmailAccountLinking: true,
    });
  });

  it("answers with what every later read answers, however much time goes by", async () => {
    const world = await createWorld(server);
    const { organizationId, ssoConfigurationId } = world;
    const { scimConfiguration } = await client(world).createSCIMConfiguration({
      organizationId,
      ssoConfigurationId,
    });
    server.clock.advance(5000);
    const scimConfigurationId = present(scimConfiguration).id;
    const read = await client(world).getSCIMConfiguration({ scimConfigurationId });
    expect(read.scimConfiguration).toEqual(scimConfiguration);
    const { scimConfigurations } = await client(world).listSCIMConfigurations({});
    expect(scimConfigurations.at(-1)).toEqual(scimConfiguration);
  });

  it("makes several for one SSO configuration", async () => {
    const world = await createWorld(server);
    const { organizationId, ssoConfigurationId } = world;
    await client(world).createSCIMConfiguration({ organizationId, ssoConfigurationId });
    const { scimConfigurations } = await client(world).listSCIMConfigurations({});
    expect(scimConfigurations.map((each) => each.ssoConfigurationId)).toEqual([
      ssoConfigurationId,
      ssoConfigurationId,
    ]);
  });

  it("is not_found for an SSO configuration that was deleted, and makes nothing", async () => {
    const world = await createWorld(server);
    const { organizationId, freeSsoConfigurationId: ssoConfigurationId } = world;
    await client(world).deleteSSOConfiguration({ ssoConfigurationId });
    const call = client(world).createSCIMConfiguration({ organizationId, ssoConfigurationId });
    const { rawMessage } = await expectCode(call, Code.NotFound);
    expect(rawMessage).toBe("SSO configuration not found");
    const { scimConfigurations } = await client(world).listSCIMConfigurations({});
    expect(scimConfigurations).toHaveLength(1);
  });

  it.each(awkwardNames.map((name) => [name]))("gives the name back byte for byte: %j", async (name) => {
    const world = await createWorld(server);
    const { organizationId, ssoConfigurationId, scimConfigurationId } = world;
    const made = await client(world).createSCIMConfiguration({ organizationId, ssoConfigurationId, name });
    expect(made.scimConfiguration?.name).toBe(name);
    const changed = await client(world).updateSCIMConfiguration({ scimConfigurationId, name });
    expect(changed.scimConfiguration?.name).toBe(name);
    expect((await get(world)).name).toBe(name);
  });
});

describe("UpdateSCIMConfiguration", () => {
  type Update = Omit<MessageInitShape<typeof UpdateSCIMConfigurationRequestSchema>, "$typeName">;

  async function update(
    fields: (world: World) => Update,
  ): Promise<{ world: World; before: SCIMConfiguration; after: SCIMConfiguration }> {
    const world = await createWorld(server);
    const before = await get(world);
    server.clock.advance(1000);
    const { scimConfigurationId } = world;
    const response = await client(world).updateSCIMConfiguration({ scimConfigurationId, ...fields(world) });
    const after = present(response.scimConfiguration);
    expect(await get(world)).toEqual(after);
    return { world, before, after };
  }

  const changes: readonly (readonly [keyof Update, (world: World) => Update])[] = [
    ["name", () => ({ name: "Next" })],
    ["enabled", () => ({ enabled: false })],
    ["ssoConfigurationId", (world) => ({ ssoConfigurationId: world.freeSsoConfigurationId })],
    ["allowUnverifiedEmailAccountLinking", () => ({ allowUnverifiedEmailAccountLinking: true })],
  ];

  it.each(changes)("changes %s alone, and with it updated_at", async (_field, fields) => {
    const { world, before, after } = await update(fields);
    expect(after).toEqual({ ...before, ...fields(world), updatedAt: after.updatedAt });
    expect(timestampMs(present(after.updatedAt))).toBe(timestampMs(present(before.updatedAt)) + 1000);
  });

  it("has a case for every field", () => {
    const fields = OrganizationService.method.updateSCIMConfiguration.input.fields.map(
      ({ localName }) => localName,
    );
    expect(["scimConfigurationId", ...changes.map(([field]) => field)].toSorted()).toEqual(fields.toSorted());
  });

  it("clears the name when it is present and empty", async () => {
    const { after } = await update(() => ({ name: "" }));
    expect(after.name).toBe("");
  });

  it("turns flags off that are present and false", async () => {
    const { world } = await update(() => ({ enabled: false, allowUnverifiedEmailAccountLinking: true }));
    const { scimConfigurationId } = world;
    const response = await client(world).updateSCIMConfiguration({
      scimConfigurationId,
      enabled: true,
      allowUnverifiedEmailAccountLinking: false,
    });
    expect(response.scimConfiguration).toMatchObject({
      enabled: true,
      allowUnverifiedEmailAccountLinking: false,
    });
  });

  it.each([
    ["nothing", () => ({})],
    [
      "the present values",
      ({ ssoConfigurationId }) => ({
        name: "World SCIM",
        enabled: true,
        ssoConfigurationId,
        allowUnverifiedEmailAccountLinking: false,
      }),
    ],
  ] satisfies [string, (world: World) => Update][])(
    "changes nothing, neither updated_at nor the audit log, for %s",
    async (_what, fields) => {
      const { world, before, after } = await update(fields);
      expect(after).toEqual(before);
      expect(await actionsOf(server, world.organizationId)).not.toContain("scim_configuration updated");
    },
  );

  it("leaves the token as it is", async () => {
    const { world, before, after } = await update(() => ({ enabled: false, name: "Off" }));
    const { keyring, storage } = server.app.context;
    const found = await storage.credentials.findScimConfiguration(keyring.hashToken(world.scimToken));
    expect(found).toMatchObject({ id: world.scimConfigurationId, enabled: false });
    expect(after.tokenExpiresAt).toEqual(before.tokenExpiresAt);
  });

  it("keeps created_at and never moves updated_at back, when the clock is set back", async () => {
    const { world, after } = await update(() => ({ name: "Next" }));
    server.clock.advance(-500);
    const { scimConfigurationId } = world;
    const { scimConfiguration } = await client(world).updateSCIMConfiguration({
      scimConfigurationId,
      name: "Then",
    });
    expect(scimConfiguration).toEqual({ ...after, name: "Then" });
  });
});

describe("DeleteSCIMConfiguration", () => {
  it("is not_found the second time, like reading, changing and regenerating what was deleted", async () => {
    const world = await createWorld(server);
    const { scimConfigurationId } = world;
    await client(world).deleteSCIMConfiguration({ scimConfigurationId });
    await expectCode(client(world).deleteSCIMConfiguration({ scimConfigurationId }), Code.NotFound);
    await expectCode(client(world).getSCIMConfiguration({ scimConfigurationId }), Code.NotFound);
    await expectCode(
      client(world).updateSCIMConfiguration({ scimConfigurationId, name: "x" }),
      Code.NotFound,
    );
    await expectCode(client(world).regenerateSCIMToken({ scimConfigurationId }), Code.NotFound);
    expect((await client(world).listSCIMConfigurations({})).scimConfigurations).toEqual([]);
  });

  it("kills the token", async () => {
    const world = await createWorld(server);
    const { keyring, storage } = server.app.context;
    await client(world).deleteSCIMConfiguration({ scimConfigurationId: world.scimConfigurationId });
    const hash = keyring.hashToken(world.scimToken);
    expect(await storage.credentials.findScimConfiguration(hash)).toBeUndefined();
  });
});
