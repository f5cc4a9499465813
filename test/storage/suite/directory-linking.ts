/** What a directory does to members who were there before it, who come back, or whom another directory has as well. */
import { expect } from "vitest";
import type { UserId } from "../../../src/base/ids.ts";
import type { DirectoryTenant, UserContent } from "../../../src/storage/directory.ts";
import type { StorageFault } from "../../../src/storage/errors.ts";
import type { Member } from "../../../src/storage/records.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import {
  addMember,
  allEvents,
  dump,
  faultOf,
  type StoreTest,
  type StoreUnderTest,
} from "../../support/storage-harness.ts";
import {
  newAudit,
  newHash,
  newId,
  newMember,
  newToken,
  newUser,
  nextMs,
} from "../../support/storage-records.ts";
import { expectSound } from "../../support/storage-soundness.ts";
import { anotherDirectory, createTenant, type Tenant } from "../../support/storage-tenant.ts";

const refused: StorageFault = { kind: "link_refused", entity: "directory_user" };
const lastAdmin: StorageFault = { kind: "last_admin", entity: "user" };
type Values = Partial<Omit<UserContent, "search">>;

/** A user with that member's email, linked whatever the domain. */
function link(
  { directoryUsers }: Storage,
  directory: DirectoryTenant,
  { email }: Pick<Member, "email">,
  values: Values = {},
) {
  const user = newUser({ ...values, email }, { allowUnverifiedLinking: true });
  return directoryUsers.create(directory, user, newAudit());
}

async function addColleague(
  store: StoreUnderTest,
  { organization }: Tenant,
  values: Partial<Member> = {},
): Promise<Member> {
  const colleague = newMember(organization.id, { role: "member", ...values });
  await addMember(store, colleague);
  return colleague;
}

/** As an admin does it; no repository method does yet. */
async function suspend({ execute }: StoreUnderTest, userId: UserId): Promise<void> {
  await execute("UPDATE members SET status = 'suspended', suspended_by = 'admin' WHERE user_id = ?", userId);
}

async function declareDomain(
  { execute }: StoreUnderTest,
  organizationId: string,
  domain: string,
  state = "verified",
): Promise<void> {
  await execute(
    `INSERT INTO domain_verifications (organization_id, id, domain, state, verification_token, verified_at, created_at)
     VALUES (?, ?, ?, ?, 'token', NULL, 1)`,
    organizationId,
    newId(),
    domain,
    state,
  );
}

function setActive(
  { directoryUsers }: Storage,
  directory: DirectoryTenant,
  { id, values }: { readonly id: UserId; readonly values: Values },
  active: boolean,
) {
  const { content } = newUser({ ...values, active });
  return directoryUsers.update(directory, id, () => content, newAudit());
}

export function directoryLinkingTests(test: StoreTest): void {
  permissionTests(test);
  linkedMemberTests(test);
  returnTests(test);
  suspensionTests(test);
  severalDirectoriesTests(test);
  lastAdminTests(test);
}

interface DomainCase {
  readonly name: string;
  readonly email: string;
  readonly verified: string;
  readonly state?: string;
  readonly allowed: boolean;
}

const domains: readonly DomainCase[] = [
  { name: "the domain is verified", email: "Ada@Example.COM", verified: "example.com", allowed: true },
  { name: "only the last @ counts", email: '"a@b"@example.com', verified: "example.com", allowed: true },
  {
    name: "an @ before the last does not",
    email: "ada@example.com@evil.example",
    verified: "example.com",
    allowed: false,
  },
  {
    name: "the domain is pending",
    email: "ada@example.com",
    verified: "example.com",
    state: "pending",
    allowed: false,
  },
  {
    name: "a domain above it is verified",
    email: "ada@sub.example.com",
    verified: "example.com",
    allowed: false,
  },
  {
    name: "a domain below it is verified",
    email: "ada@example.com",
    verified: "sub.example.com",
    allowed: false,
  },
  { name: "there is no domain", email: "example.com", verified: "example.com", allowed: false },
];

function permissionTests(test: StoreTest): void {
  for (const { name, email, verified, state, allowed } of domains) {
    test(`${name}: a member is ${allowed ? "linked" : "not linked"}`, async (store) => {
      const tenant = await createTenant(store.storage);
      const colleague = await addColleague(store, tenant, { email });
      await declareDomain(store, tenant.organization.id, verified, state);
      const before = await dump(store);
      const user = newUser({ email });
      const creation = store.storage.directoryUsers.create(tenant.directory, user, newAudit());
      if (allowed) {
        expect(await creation).toMatchObject({ id: colleague.userId });
      } else {
        expect(await faultOf(creation)).toEqual(refused);
        expect(await dump(store)).toEqual(before);
      }
    });
  }

  test("another organization's verified domain is no reason to link", async (store) => {
    const tenant = await createTenant(store.storage);
    const other = await createTenant(store.storage);
    await declareDomain(store, other.organization.id, "example.com");
    const colleague = await addColleague(store, tenant, { email: "ada@example.com" });
    const user = newUser({ email: colleague.email });
    const creation = store.storage.directoryUsers.create(tenant.directory, user, newAudit());
    expect(await faultOf(creation)).toEqual(refused);
  });

  test("a configuration that allows it links without a verified domain", async (store) => {
    const tenant = await createTenant(store.storage);
    const colleague = await addColleague(store, tenant);
    const created = await link(store.storage, tenant.directory, colleague);
    expect(created.id).toBe(colleague.userId);
  });

  test("an email of another organization's member is nobody's here", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const other = await createTenant(storage);
    const user = newUser({ email: other.member.email });
    const created = await storage.directoryUsers.create(tenant.directory, user, newAudit());
    expect(created.id).toBe(user.id);
    expect(await storage.members.get(other.organization.id, other.member.userId)).toStrictEqual(other.member);
  });
}

function linkedMemberTests(test: StoreTest): void {
  test("a linked member keeps email, role and login provider, and is called as the user is", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { member, organization, directory } = tenant;
    const values = { displayName: "New Name", userName: "ada" };
    const created = await link(storage, directory, { email: member.email.toUpperCase() }, values);
    expect(created).toMatchObject({ id: member.userId, userName: "ada", version: 1 });
    const linked = await storage.members.get(organization.id, member.userId);
    expect(linked).toStrictEqual({ ...member, fullName: "New Name", updatedAtMs: linked.updatedAtMs });
    const events = await allEvents(storage, organization.id);
    expect(events.at(-1)).toMatchObject({ action: "linked", subjectType: "user", subjectId: member.userId });
  });

  test("a linked member's email stays when the user's changes", async (store) => {
    const { storage } = store;
    const { member, organization, directory } = await createTenant(storage);
    await link(storage, directory, member);
    const { content } = newUser({ displayName: "Renamed", email: "elsewhere@example.com" });
    await storage.directoryUsers.update(directory, member.userId, () => content, newAudit());
    const linked = await storage.members.get(organization.id, member.userId);
    expect(linked).toMatchObject({ email: member.email, fullName: "Renamed", role: "admin" });
  });

  test("a directory has a member once, and says what is taken", async (store) => {
    const { storage } = store;
    const { directory, directoryUser } = await createTenant(storage);
    const { email, userName } = directoryUser.content;
    const before = await dump(store);
    for (const [values, key] of [
      [{ userName: "another" }, "email"],
      [{ userName: userName.toUpperCase() }, "userName"],
    ] as const) {
      const fault = { kind: "already_exists", entity: "directory_user", key };
      expect(await faultOf(link(storage, directory, { email }, values))).toEqual(fault);
    }
    expect(await dump(store)).toEqual(before);
  });
}

function returnTests(test: StoreTest): void {
  test("who comes back to the directory that let them go is the same member, with an ordinary role", async (store) => {
    const { storage } = store;
    const { directory, directoryUser, organization } = await createTenant(storage);
    const { id } = directoryUser;
    await storage.members.setRole(organization.id, id, "admin", newAudit());
    await storage.directoryUsers.delete(directory, id, () => {}, newAudit());
    const audit = newAudit();
    const user = newUser({ email: directoryUser.content.email, displayName: "Back" });
    const created = await storage.directoryUsers.create(directory, user, audit);
    expect(created).toMatchObject({ id, version: 1, createdAtMs: audit.atMs, groups: [] });
    expect(await storage.members.get(organization.id, id)).toMatchObject({
      status: "active",
      role: "member",
      fullName: "Back",
      memberSinceMs: audit.atMs,
    });
    const events = await allEvents(storage, organization.id);
    expect(events.at(-1)).toMatchObject({ action: "created", subjectId: id });
    await expectSound(store);
  });

  test("who comes back inactive is suspended, until the directory says otherwise", async (store) => {
    const { storage } = store;
    const { directory, directoryUser, organization } = await createTenant(storage);
    const { id, content } = directoryUser;
    await storage.directoryUsers.delete(directory, id, () => {}, newAudit());
    const values = { email: content.email, userName: content.userName };
    await storage.directoryUsers.create(directory, newUser({ ...values, active: false }), newAudit());
    expect(await storage.members.get(organization.id, id)).toMatchObject({ status: "suspended" });
    await setActive(storage, directory, { id, values }, true);
    expect(await storage.members.get(organization.id, id)).toMatchObject({ status: "active" });
  });

  test("no token of somebody who left is alive again when they come back", async ({ storage }) => {
    const { directory, directoryUser, organization } = await createTenant(storage);
    const { id, content } = directoryUser;
    const hash = newHash();
    await storage.personalAccessTokens.create(
      organization.id,
      newToken(organization.id, id),
      hash,
      newAudit(),
    );
    await storage.directoryUsers.delete(directory, id, () => {}, newAudit());
    await storage.directoryUsers.create(directory, newUser({ email: content.email }), newAudit());
    expect(await storage.credentials.findPersonalAccessToken(hash)).toBeUndefined();
  });

  test("an admin's suspension is not undone by leaving and coming back", async (store) => {
    const { storage } = store;
    const { directory, directoryUser, organization } = await createTenant(storage);
    const { id, content } = directoryUser;
    await suspend(store, id);
    await storage.directoryUsers.delete(directory, id, () => {}, newAudit());
    await storage.directoryUsers.create(directory, newUser({ email: content.email }), newAudit());
    expect(await storage.members.get(organization.id, id)).toMatchObject({ status: "suspended" });
  });

  test("who has left and was never a directory's is linked like anybody else", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, organization } = tenant;
    const colleague = await addColleague(store, tenant, { status: "left", role: "admin" });
    const user = newUser({ email: colleague.email });
    expect(await faultOf(storage.directoryUsers.create(directory, user, newAudit()))).toEqual(refused);
    await link(storage, directory, colleague);
    const member = await storage.members.get(organization.id, colleague.userId);
    expect(member).toMatchObject({ status: "active", role: "member", email: colleague.email });
    const events = await allEvents(storage, organization.id);
    expect(events.at(-1)).toMatchObject({ action: "linked" });
  });

  test("whom one directory made and let go, another may take up; whom it still has, not", async ({
    storage,
  }) => {
    const tenant = await createTenant(storage);
    const { directory, directoryUser } = tenant;
    const other = await anotherDirectory(storage, tenant);
    const take = () => {
      const user = newUser({ email: directoryUser.content.email });
      return storage.directoryUsers.create(other, user, newAudit());
    };
    expect(await faultOf(take())).toEqual(refused);
    await storage.directoryUsers.delete(directory, directoryUser.id, () => {}, newAudit());
    expect(await take()).toMatchObject({ id: directoryUser.id });
  });

  test("a directory may take up again whom it made, though another has them now", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const { directory, directoryUser, organization } = tenant;
    const other = await anotherDirectory(storage, tenant);
    await link(storage, other, directoryUser.content);
    await storage.directoryUsers.delete(directory, directoryUser.id, () => {}, newAudit());
    const user = newUser({ email: directoryUser.content.email });
    const created = await storage.directoryUsers.create(directory, user, newAudit());
    expect(created.id).toBe(directoryUser.id);
    // Its own, and so are their email and name.
    const { content } = newUser({ email: "new@example.com" });
    await storage.directoryUsers.update(directory, created.id, () => content, newAudit());
    const member = await storage.members.get(organization.id, created.id);
    expect(member.email).toBe("new@example.com");
  });
}

function suspensionTests(test: StoreTest): void {
  test("a member who is linked inactive is suspended", async (store) => {
    const tenant = await createTenant(store.storage);
    const colleague = await addColleague(store, tenant);
    await link(store.storage, tenant.directory, colleague, { active: false });
    const member = await store.storage.members.get(tenant.organization.id, colleague.userId);
    expect(member).toMatchObject({ status: "suspended", role: "member" });
  });

  test("a directory lifts no suspension of an admin's, neither by linking nor by activating", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, organization } = tenant;
    const colleague = await addColleague(store, tenant);
    await suspend(store, colleague.userId);
    const values = { userName: "ada", email: colleague.email };
    await link(storage, directory, colleague, values);
    const status = async () => (await storage.members.get(organization.id, colleague.userId)).status;
    expect(await status()).toBe("suspended");
    for (const active of [false, true]) {
      await setActive(storage, directory, { id: colleague.userId, values }, active);
      expect(await status()).toBe("suspended");
    }
  });

  test("a user whose member has left stays so, whatever the directory says", async (store) => {
    const { storage } = store;
    const { directory, directoryUser, organization } = await createTenant(storage);
    const { id, content } = directoryUser;
    await store.execute("UPDATE members SET status = 'left' WHERE user_id = ?", id);
    for (const active of [false, true]) {
      await setActive(storage, directory, { id, values: content }, active);
      expect(await storage.members.get(organization.id, id)).toMatchObject({ status: "left" });
    }
    await storage.directoryUsers.delete(directory, id, () => {}, newAudit());
    expect(await storage.members.get(organization.id, id)).toMatchObject({ status: "left" });
  });
}

/** What two directories say one after the other, and whether the member is suspended then. */
const sayings: readonly {
  readonly steps: readonly (readonly [0 | 1, boolean])[];
  readonly status: string;
}[] = [
  { steps: [[0, false]], status: "suspended" },
  { steps: [[1, false]], status: "suspended" },
  {
    steps: [
      [0, false],
      [1, false],
      [0, true],
    ],
    status: "suspended",
  },
  {
    steps: [
      [0, false],
      [1, false],
      [1, true],
    ],
    status: "suspended",
  },
  {
    steps: [
      [0, false],
      [1, false],
      [0, true],
      [1, true],
    ],
    status: "active",
  },
  {
    steps: [
      [0, false],
      [0, true],
    ],
    status: "active",
  },
];

function severalDirectoriesTests(test: StoreTest): void {
  for (const { steps, status } of sayings) {
    const said = steps.map(([which, active]) => `${which === 0 ? "one" : "the other"} ${active}`).join(", ");
    test(`of two directories that say active ${said}: the member is ${status}`, async (store) => {
      const { storage } = store;
      const tenant = await createTenant(storage);
      const { id, content } = tenant.directoryUser;
      const other = await anotherDirectory(storage, tenant);
      await link(storage, other, content, { userName: content.userName });
      for (const [which, active] of steps) {
        const directory = which === 0 ? tenant.directory : other;
        await setActive(storage, directory, { id, values: content }, active);
      }
      expect(await storage.members.get(tenant.organization.id, id)).toMatchObject({ status });
      await expectSound(store);
    });
  }

  test("a member who is linked by a second directory stays suspended by the first", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const { id, content } = tenant.directoryUser;
    await setActive(storage, tenant.directory, { id, values: content }, false);
    const other = await anotherDirectory(storage, tenant);
    await link(storage, other, content);
    expect(await storage.members.get(tenant.organization.id, id)).toMatchObject({ status: "suspended" });
  });

  test("who is deleted from one directory stays a member while another has them", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directoryUser, directory, directoryGroup, organization } = tenant;
    const { id, content } = directoryUser;
    const other = await anotherDirectory(storage, tenant);
    await link(storage, other, content);
    const before = await storage.members.get(organization.id, id);
    await storage.directoryUsers.delete(directory, id, () => {}, newAudit());
    expect(await storage.members.get(organization.id, id)).toStrictEqual(before);
    expect(await storage.directoryUsers.get(other, id)).toMatchObject({ id });
    expect(await storage.directoryGroups.get(directory, directoryGroup.id)).toMatchObject({ memberCount: 0 });
    await storage.directoryUsers.delete(other, id, () => {}, newAudit());
    expect(await storage.members.get(organization.id, id)).toMatchObject({ status: "left" });
    await expectSound(store);
  });

  test("whom an ended configuration suspended, a new one lifts when it links them as active", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { id, content } = tenant.directoryUser;
    await setActive(storage, tenant.directory, { id, values: content }, false);
    await storage.scimConfigurations.delete(tenant.organization.id, tenant.scim.id, newAudit());
    expect(await storage.members.get(tenant.organization.id, id)).toMatchObject({ status: "suspended" });
    await link(storage, await anotherDirectory(storage, tenant), content);
    expect(await storage.members.get(tenant.organization.id, id)).toMatchObject({ status: "active" });
  });
}

function lastAdminTests(test: StoreTest): void {
  test("the last active admin is not suspended, does not leave and is not linked as inactive", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, member } = tenant;
    await addColleague(store, tenant, { role: "admin", status: "suspended" });
    await addColleague(store, tenant, { role: "admin", status: "left" });
    const other = await createTenant(storage);
    expect(other.member.role).toBe("admin");
    const before = await dump(store);
    expect(await faultOf(link(storage, directory, member, { active: false }))).toEqual(lastAdmin);
    expect(await dump(store)).toEqual(before);
    const values = { email: member.email, userName: "admin" };
    const user = { id: member.userId, values };
    await link(storage, directory, member, values);
    const linked = await dump(store);
    expect(await faultOf(setActive(storage, directory, user, false))).toEqual(lastAdmin);
    const deletion = storage.directoryUsers.delete(directory, member.userId, () => {}, newAudit());
    expect(await faultOf(deletion)).toEqual(lastAdmin);
    expect(await dump(store)).toEqual(linked);
  });

  test("an admin beside another active one is suspended and leaves", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, member, organization } = tenant;
    await addColleague(store, tenant, { role: "admin", memberSinceMs: nextMs() });
    const values = { email: member.email, userName: "admin" };
    await link(storage, directory, member, values);
    await setActive(storage, directory, { id: member.userId, values }, false);
    expect(await storage.members.get(organization.id, member.userId)).toMatchObject({ status: "suspended" });
    await storage.directoryUsers.delete(directory, member.userId, () => {}, newAudit());
    const left = await storage.members.get(organization.id, member.userId);
    expect(left).toMatchObject({ status: "left", role: "member" });
  });
}
