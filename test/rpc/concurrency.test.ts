import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OrganizationService, type SCIMConfiguration } from "../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../gen/gitpod/v1/user_pb.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { present } from "./support/expect.ts";
import { actionsOf, eventsOf } from "./support/raw.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const client = ({ admin: { token } }: World) => server.client(OrganizationService, { token });
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

async function outcomes(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const codes = (await Promise.allSettled(calls)).map((each) => {
    if (each.status === "fulfilled") return "ok";
    return each.reason instanceof ConnectError ? (Code[each.reason.code] ?? "?") : String(each.reason);
  });
  return Object.fromEntries(
    [...new Set(codes)].map((code) => [code, codes.filter((each) => each === code).length]),
  );
}

async function get(world: World): Promise<SCIMConfiguration> {
  const { scimConfigurationId } = world;
  return present((await client(world).getSCIMConfiguration({ scimConfigurationId })).scimConfiguration);
}

describe("updates of one SCIM configuration at the same time", () => {
  it("all land, when 50 of them each change another field", async () => {
    const world = await createWorld(server);
    const { scimConfigurationId, freeSsoConfigurationId } = world;
    const changes = [
      { name: "Changed" },
      { enabled: false },
      { ssoConfigurationId: freeSsoConfigurationId },
      { allowUnverifiedEmailAccountLinking: true },
    ];
    const calls = times(50, (index) =>
      client(world).updateSCIMConfiguration({
        scimConfigurationId,
        ...present(changes[index % changes.length]),
      }),
    );
    expect(await outcomes(calls)).toEqual({ ok: 50 });
    expect(await get(world)).toMatchObject({
      name: "Changed",
      enabled: false,
      ssoConfigurationId: freeSsoConfigurationId,
      allowUnverifiedEmailAccountLinking: true,
    });
    // One event for each change, and none for the 46 that found it made.
    const updates = (await actionsOf(server, world.organizationId)).filter((each) =>
      each.endsWith("updated"),
    );
    expect(updates).toHaveLength(4);
  });

  it("leave the name of one of them and no mixture, when 50 of them change it", async () => {
    const world = await createWorld(server);
    const { scimConfigurationId } = world;
    const names = times(50, (index) => `Name ${index} ${"x".repeat(index)}`);
    const answers = await Promise.all(
      names.map((name) => client(world).updateSCIMConfiguration({ scimConfigurationId, name })),
    );
    expect(answers.map(({ scimConfiguration }) => scimConfiguration?.name)).toEqual(names);
    expect(names).toContain((await get(world)).name);
  });
});

describe("regenerations of one token at the same time", () => {
  it("leave exactly one token that opens the configuration, and it is one of those answered", async () => {
    const world = await createWorld(server);
    const { scimConfigurationId } = world;
    const { keyring, storage } = server.app.context;
    const answers = await Promise.all(
      times(20, () => client(world).regenerateSCIMToken({ scimConfigurationId })),
    );
    const tokens = answers.map(({ token }) => token);
    expect(new Set(tokens).size).toBe(20);
    const found = await Promise.all(
      [world.scimToken, ...tokens].map((token) =>
        storage.credentials.findScimConfiguration(keyring.hashToken(token)),
      ),
    );
    expect(found.filter((each) => each !== undefined)).toHaveLength(1);
    expect(found[0]).toBeUndefined();
    const [row] = server.rows(
      "SELECT hex(token_hash) AS hash FROM scim_configurations WHERE id = ?",
      scimConfigurationId,
    );
    const stored = tokens.filter(
      (token) => keyring.hashToken(token).toString("hex").toUpperCase() === hashOf(row),
    );
    expect(stored).toHaveLength(1);
  });

  it("never let an earlier token live on, however they interleave with updates and reads", async () => {
    const world = await createWorld(server);
    const { scimConfigurationId } = world;
    const { keyring, storage } = server.app.context;
    const opens = (token: string) => storage.credentials.findScimConfiguration(keyring.hashToken(token));
    let current = world.scimToken;
    for (let round = 0; round < 20; round += 1) {
      const [{ token }] = await Promise.all([
        client(world).regenerateSCIMToken({ scimConfigurationId }),
        client(world).updateSCIMConfiguration({ scimConfigurationId, name: `Round ${round}` }),
        get(world),
      ]);
      expect(await opens(current)).toBeUndefined();
      expect(await opens(token)).toMatchObject({ name: `Round ${round}` });
      current = token;
    }
  });
});

function hashOf(row: unknown): string {
  return typeof row === "object" && row !== null && "hash" in row ? String(row.hash) : "";
}

describe("deletions at the same time", () => {
  it("succeed once, and are not_found for the others", async () => {
    const world = await createWorld(server);
    const { scimConfigurationId } = world;
    const calls = times(20, () => client(world).deleteSCIMConfiguration({ scimConfigurationId }));
    expect(await outcomes(calls)).toEqual({ ok: 1, NotFound: 19 });
    const deletions = (await actionsOf(server, world.organizationId)).filter((each) =>
      each.endsWith("deleted"),
    );
    expect(deletions).toHaveLength(1);
  });

  it("of an SSO configuration and links to it leave no link to nothing", async () => {
    const world = await createWorld(server);
    const { organizationId, freeSsoConfigurationId: ssoConfigurationId } = world;
    const calls = times(20, (index) =>
      index % 2 === 0
        ? client(world).deleteSSOConfiguration({ ssoConfigurationId })
        : client(world).createSCIMConfiguration({ organizationId, ssoConfigurationId }),
    );
    await outcomes(calls);
    const dangling = server.rows(
      `SELECT id FROM scim_configurations WHERE organization_id = ?
       AND sso_configuration_id NOT IN (SELECT id FROM sso_configurations)`,
      organizationId,
    );
    expect(dangling).toEqual([]);
  });

  it("of an organization and changes in it leave nothing behind", async () => {
    const world = await createWorld(server);
    const { organizationId, admin, ssoConfigurationId } = world;
    const calls = times(30, (index) => {
      if (index === 10) return client(world).deleteOrganization({ organizationId });
      if (index % 2 === 0)
        return client(world).createSCIMConfiguration({ organizationId, ssoConfigurationId });
      return server
        .client(UserService, { token: admin.token })
        .createPersonalAccessToken({ userId: admin.userId });
    });
    const result = await outcomes(calls);
    expect(
      Object.keys(result).filter((code) => !["ok", "NotFound", "Unauthenticated"].includes(code)),
    ).toEqual([]);
    for (const table of ["members", "sso_configurations", "scim_configurations", "personal_access_tokens"]) {
      expect(server.rows(`SELECT 1 FROM ${table} WHERE organization_id = ?`, organizationId)).toEqual([]);
    }
    expect((await eventsOf(server, organizationId)).at(-1)?.action).toBe("deleted");
  });
});

it("numbers the events of one organization without gap and without repetition, whoever writes at the same time", async () => {
  const world = await createWorld(server);
  const { organizationId, ssoConfigurationId } = world;
  await Promise.all(
    times(50, () => client(world).createSCIMConfiguration({ organizationId, ssoConfigurationId })),
  );
  const events = await eventsOf(server, organizationId);
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
});
