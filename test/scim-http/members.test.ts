/** What SCIM does to the organization's members, and what it may not: addresses, linking, roles, the last admin. */
import { describe, expect, it } from "vitest";
import { present } from "../rpc/support/expect.ts";
import type { TestTenant } from "../support/server.ts";
import { createScimClient, type ScimClient } from "./support/client.ts";
import { scimPath, scimServer } from "./support/directory.ts";
import { expectError, expectNoContent, expectOk, expectUnchanged } from "./support/expect.ts";
import { textAt } from "./support/json.ts";
import { createConfiguration, type Management, managementOf, membersOf } from "./support/management.ts";
import { createUser, createUsers, fullUser, minimalUser } from "./support/resources.ts";

const { running, directory } = scimServer();

interface WithAdmin {
  readonly admin: TestTenant;
  readonly scim: ScimClient;
  readonly management: Management;
}

/** A directory of an organization that has an admin, person@example.com, of its own. */
async function withAdmin(allowUnverifiedEmailAccountLinking: boolean): Promise<WithAdmin> {
  const admin = await running().tenant();
  const management = managementOf(running());
  const options = { allowUnverifiedEmailAccountLinking };
  const { token } = await createConfiguration(management, admin.organizationId, "Sync", options);
  return { admin, management, scim: createScimClient(running().url + scimPath, token) };
}

const boss = minimalUser("boss", { displayName: "The Boss", emails: [{ value: "person@example.com" }] });

describe("an address that another user of the directory has", () => {
  it("is refused by POST, PUT and PATCH, in any letter case", async () => {
    const { scim } = await directory();
    const [, grace = ""] = await createUsers(scim, ["ada", "grace"]);
    const taken = [{ value: "ADA@example.com", primary: true }];
    expectError(await scim.post("/Users", minimalUser("third", { emails: taken })), 409, "uniqueness");
    const path = `/Users/${grace}`;
    await expectUnchanged(scim, path, async () => {
      expectError(await scim.put(path, fullUser("grace", { emails: taken })), 409, "uniqueness");
      expectError(
        await scim.patch(path, [{ op: "replace", path: "emails", value: taken }]),
        409,
        "uniqueness",
      );
    });
  });

  it("is free once that user has another", async () => {
    const { scim } = await directory();
    const [ada = "", grace = ""] = await createUsers(scim, ["ada", "grace"]);
    const primary = (value: string) => [{ op: "replace", path: 'emails[type eq "work"].value', value }];
    expectOk(await scim.patch(`/Users/${ada}`, primary("lovelace@example.com")), 200);
    expectOk(await scim.patch(`/Users/${grace}`, primary("ada@example.com")), 200);
  });
});

describe("an address that is a member's already", () => {
  it("is refused, and the answer says what would help", async () => {
    const first = await directory();
    const second = await first.sibling();
    await createUser(first.scim, fullUser("shared"));
    const answer = await second.scim.post("/Users", fullUser("shared"));
    expectError(answer, 409, "uniqueness");
    expect(textAt(answer.json, "detail")).toMatch(/verif/i);
  });

  it("of an admin is not taken over, whatever the directory says of it", async () => {
    const { admin, management, scim } = await withAdmin(false);
    expectError(await scim.post("/Users", boss), 409, "uniqueness");
    expect(await membersOf(management, admin.organizationId)).toMatchObject([
      { id: admin.userId, email: "person@example.com", role: "admin", status: "active" },
    ]);
  });

  it("cannot be had by a change either", async () => {
    const { scim } = await withAdmin(false);
    const path = `/Users/${await createUser(scim, fullUser("ada"))}`;
    await expectUnchanged(scim, path, async () => {
      const value = "person@example.com";
      const change = [{ op: "replace", path: 'emails[type eq "work"].value', value }];
      expectError(await scim.patch(path, change), 409, "uniqueness");
    });
  });
});

describe("a configuration that may link", () => {
  it("links the member of that address, as which the user has the same id", async () => {
    const first = await directory();
    const second = await first.sibling({ allowUnverifiedEmailAccountLinking: true });
    const id = await createUser(first.scim, fullUser("shared"));
    expect(await createUser(second.scim, fullUser("shared", { displayName: "Somebody Else" }))).toBe(id);
    expect(await membersOf(first.management, first.organizationId)).toHaveLength(1);
  });

  it("changes neither role nor address of the member whom it links, then or later", async () => {
    const { admin, management, scim } = await withAdmin(true);
    const id = await createUser(scim, boss);
    expect(id).toBe(admin.userId);
    const kept = { id, email: "person@example.com", role: "admin", status: "active" };
    expect(await membersOf(management, admin.organizationId)).toMatchObject([kept]);
    const emails = [{ value: "elsewhere@example.com", primary: true }];
    expectOk(await scim.put(`/Users/${id}`, minimalUser("boss", { emails })), 200, { emails });
    expect(await membersOf(management, admin.organizationId)).toMatchObject([kept]);
  });
});

describe("the last admin", () => {
  it("is neither suspended nor removed by SCIM, which is told so", async () => {
    const { admin, management, scim } = await withAdmin(true);
    const path = `/Users/${await createUser(scim, boss)}`;
    const off = [{ op: "replace", path: "active", value: false }];
    for (const answer of [
      await scim.patch(path, off),
      await scim.put(path, { ...boss, active: false }),
      await scim.del(path),
    ]) {
      expectError(answer, 409, null);
    }
    expectOk(await scim.get(path), 200, { active: true });
    expect(await membersOf(management, admin.organizationId)).toMatchObject([
      { id: admin.userId, role: "admin", status: "active" },
    ]);
  });
});

describe("a directory that is connected anew", () => {
  it("gets the same people under the same ids, once it may link them", async () => {
    const own = await directory();
    const id = await createUser(own.scim, fullUser("ada"));
    const { management, organizationId, configurationId } = own;
    await management.organizations.deleteSCIMConfiguration({ scimConfigurationId: configurationId });
    const again = await own.sibling();
    expectError(await again.scim.post("/Users", fullUser("ada")), 409, "uniqueness");
    const scimConfigurationId = again.configurationId;
    const allowUnverifiedEmailAccountLinking = true;
    await management.organizations.updateSCIMConfiguration({
      scimConfigurationId,
      allowUnverifiedEmailAccountLinking,
    });
    expect(await createUser(again.scim, fullUser("ada"))).toBe(id);
    expect(await membersOf(management, organizationId)).toMatchObject([{ id, status: "active" }]);
  });
});

describe("a member in two directories", () => {
  it("stays until the last of them deletes the user", async () => {
    const first = await directory();
    const second = await first.sibling({ allowUnverifiedEmailAccountLinking: true });
    const id = await createUser(first.scim, fullUser("shared"));
    await createUser(second.scim, fullUser("shared"));
    expectNoContent(await first.scim.del(`/Users/${id}`));
    expect(await membersOf(first.management, first.organizationId)).toMatchObject([{ status: "active" }]);
    expectError(await first.scim.get(`/Users/${id}`), 404);
    expectOk(await second.scim.get(`/Users/${id}`), 200);
    expectNoContent(await second.scim.del(`/Users/${id}`));
    expect(await membersOf(first.management, first.organizationId)).toMatchObject([{ status: "left" }]);
  });
});

describe("who has left", () => {
  it("is the same member again by the address, whatever the userName is then", async () => {
    const { scim, management, organizationId } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    await scim.del(`/Users/${id}`);
    const emails = [{ value: "ADA@example.com", primary: true }];
    expect(await createUser(scim, fullUser("lovelace", { emails }))).toBe(id);
    expect(await membersOf(management, organizationId)).toMatchObject([{ id, status: "active" }]);
  });

  it("is another member under another address, whatever the userName was", async () => {
    const { scim, management, organizationId } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    await scim.del(`/Users/${id}`);
    const emails = [{ value: "another@example.com", primary: true }];
    expect(await createUser(scim, fullUser("ada", { emails }))).not.toBe(id);
    expect(await membersOf(management, organizationId)).toHaveLength(2);
  });
});

describe("the way in of a member whom SCIM made", () => {
  it("is the SSO configuration's", async () => {
    const { scim, management, organizationId, ssoConfigurationId } = await directory();
    await createUser(scim, fullUser("ada"));
    const { members } = await management.organizations.listMembers({ organizationId });
    const { ssoConfiguration } = await management.organizations.getSSOConfiguration({ ssoConfigurationId });
    const loginProvider = present(members[0]).loginProvider;
    expect(loginProvider).not.toBe("");
    const known = [
      ssoConfigurationId,
      present(ssoConfiguration).displayName,
      present(ssoConfiguration).issuerUrl,
    ];
    expect(known).toContain(loginProvider);
  });
});
