import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IdentityService } from "../../gen/gitpod/v1/identity_pb.ts";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { expectCode } from "./support/expect.ts";
import { actionsOf, eventsOf } from "./support/raw.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const directory = ["members", "groups", "group_members"];
const tables = [...directory, "sso_configurations", "scim_configurations", "personal_access_tokens"];

/** How many rows the organization has in each table. */
function rowCounts({ organizationId }: World): number[] {
  const owned = tables.map((table) =>
    server.rows(`SELECT 1 FROM ${table} WHERE organization_id = ?`, organizationId),
  );
  return [...owned, server.rows("SELECT 1 FROM organizations WHERE id = ?", organizationId)].map(
    ({ length }) => length,
  );
}

const admin = ({ admin: { token } }: World) => server.client(OrganizationService, { token });
const operator = () => server.client(OrganizationService, { token: server.operatorToken });
const identityOf = (token: string) => server.client(IdentityService, { token }).getAuthenticatedIdentity({});

describe("DeleteOrganization", () => {
  it("removes everything that belongs to the organization, and nothing of another", async () => {
    const [world, other] = [await createWorld(server), await createWorld(server)];
    const untouched = rowCounts(other);
    expect(rowCounts(world).every((count) => count > 0)).toBe(true);
    await admin(world).deleteOrganization({ organizationId: world.organizationId });
    expect(rowCounts(world)).toEqual([...tables, "organizations"].map(() => 0));
    expect(rowCounts(other)).toEqual(untouched);
    await identityOf(other.admin.token);
  });

  it("kills the tokens of all its members at once", async () => {
    const world = await createWorld(server);
    await identityOf(world.member.token);
    await admin(world).deleteOrganization({ organizationId: world.organizationId });
    await expectCode(identityOf(world.admin.token), Code.Unauthenticated);
    await expectCode(identityOf(world.member.token), Code.Unauthenticated);
  });

  it("kills its SCIM tokens at once", async () => {
    const world = await createWorld(server);
    const { keyring, storage } = server.app.context;
    const find = () => storage.credentials.findScimConfiguration(keyring.hashToken(world.scimToken));
    expect(await find()).toMatchObject({ id: world.scimConfigurationId });
    await admin(world).deleteOrganization({ organizationId: world.organizationId });
    expect(await find()).toBeUndefined();
  });

  it("leaves its audit log, whose last entry is the deletion and who did it", async () => {
    const world = await createWorld(server);
    const before = await actionsOf(server, world.organizationId);
    await admin(world).deleteOrganization({ organizationId: world.organizationId });
    expect(await actionsOf(server, world.organizationId)).toEqual([...before, "organization deleted"]);
    expect((await eventsOf(server, world.organizationId)).at(-1)).toMatchObject({
      actorId: world.admin.userId,
      actorPrincipal: "user",
      subjectId: world.organizationId,
    });
  });

  it("is not_found the second time, like every read of what was deleted", async () => {
    const { organizationId, ssoConfigurationId, scimConfigurationId } = await createWorld(server);
    await operator().deleteOrganization({ organizationId });
    await expectCode(operator().deleteOrganization({ organizationId }), Code.NotFound);
    await expectCode(operator().getOrganization({ organizationId }), Code.NotFound);
    await expectCode(operator().listSSOConfigurations({ organizationId }), Code.NotFound);
    await expectCode(operator().listSCIMConfigurations({ organizationId }), Code.NotFound);
    await expectCode(operator().getSSOConfiguration({ ssoConfigurationId }), Code.NotFound);
    await expectCode(operator().getSCIMConfiguration({ scimConfigurationId }), Code.NotFound);
  });

  it("happens as a whole or not at all", async () => {
    const world = await createWorld(server);
    const [counts, actions] = [rowCounts(world), await actionsOf(server, world.organizationId)];
    // The organization's own row goes last: everything else is gone by then.
    server.sql(
      "CREATE TRIGGER refuse BEFORE DELETE ON organizations BEGIN SELECT RAISE(ABORT, 'made to fail'); END",
    );
    try {
      const call = operator().deleteOrganization({ organizationId: world.organizationId });
      await expectCode(call, Code.Internal);
    } finally {
      server.sql("DROP TRIGGER refuse");
    }
    expect(rowCounts(world)).toEqual(counts);
    expect(await actionsOf(server, world.organizationId)).toEqual(actions);
    await identityOf(world.member.token);
  });
});
