/** What a directory does to members who were there before it, and to those who come back. */
import { expect } from "vitest";
import type { StorageFault } from "../../../src/storage/errors.ts";
import { addColleague, link, setActive, suspend } from "../../support/storage-colleagues.ts";
import {
  allEvents,
  dump,
  faultOf,
  type StoreTest,
  type StoreUnderTest,
} from "../../support/storage-harness.ts";
import { newAudit, newHash, newId, newToken, newUser } from "../../support/storage-records.ts";
import { expectSound } from "../../support/storage-soundness.ts";
import { anotherDirectory, createTenant } from "../../support/storage-tenant.ts";

const refused: StorageFault = { kind: "link_refused", entity: "directory_user" };

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

export function directoryLinkingTests(test: StoreTest): void {
  permissionTests(test);
  linkedMemberTests(test);
  returnTests(test);
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
