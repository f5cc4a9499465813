/** Invites, and how a person of one organization becomes a member of another. */
import { expect } from "vitest";
import type { OrganizationId, OrganizationInviteId } from "../../../src/base/ids.ts";
import type { StorageFault } from "../../../src/storage/errors.ts";
import type { Member, OrganizationInvite } from "../../../src/storage/records.ts";
import type { Joiner, JoinWay, Storage } from "../../../src/storage/storage.ts";
import { addMember, allEvents, dump, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import {
  newAudit,
  newDomainVerification,
  newId,
  newMember,
  newOrganization,
  newUserContent,
  nextMs,
} from "../../support/storage-records.ts";
import { expectSound } from "../../support/storage-soundness.ts";
import { createTenant } from "../../support/storage-tenant.ts";

const noInvite: StorageFault = { kind: "not_found", entity: "organization_invite" };
const noOrganization: StorageFault = { kind: "not_found", entity: "organization" };
const suspended: StorageFault = { kind: "suspended", entity: "user" };
const unproven: StorageFault = { kind: "unproven_email", entity: "user" };
const already: StorageFault = { kind: "already_exists", entity: "user" };

export function joiningTests(test: StoreTest): void {
  inviteTests(test);
  byInviteTests(test);
  byDomainTests(test);
  againTests(test);
  proofTests(test);
  concurrencyTests(test);
}

const newInvite = (organizationId: OrganizationId): OrganizationInvite => ({
  organizationId,
  id: newId<OrganizationInviteId>(),
  createdAtMs: nextMs(),
});

async function invite({ organizationInvites }: Storage, organizationId: OrganizationId): Promise<JoinWay> {
  const { id } = await organizationInvites.replace(organizationId, newInvite(organizationId), newAudit());
  return { kind: "invite", inviteId: id };
}

/** Somebody of an organization of their own. */
async function createPerson({ organizations }: Storage, values: Partial<Member> = {}): Promise<Member> {
  const organization = newOrganization();
  const person = newMember(organization.id, values);
  await organizations.create(organization, person, newAudit());
  return person;
}

/** An organization with an admin. */
async function createHost({ organizations }: Storage): Promise<OrganizationId> {
  const host = newOrganization();
  await organizations.create(host, newMember(host.id), newAudit());
  return host.id;
}

const joinerOf = ({ organizationId, userId }: Member): Joiner => ({
  organizationId,
  userId,
  newUserId: newId(),
});

function join({ members }: Storage, person: Member, way: JoinWay): Promise<Member> {
  return members.join(joinerOf(person), way, newAudit());
}

async function verify(
  { domainVerifications }: Storage,
  organizationId: OrganizationId,
  domain: string,
): Promise<void> {
  const claim = newDomainVerification(organizationId, { domain });
  await domainVerifications.create(organizationId, claim, newAudit());
  await domainVerifications.verify(organizationId, claim.id, claim.verificationToken, newAudit());
}

function inviteTests(test: StoreTest): void {
  test("an organization has no invite, and then the last that was made", async ({ storage }) => {
    const host = await createHost(storage);
    const { organizationInvites, locator } = storage;
    expect(await faultOf(organizationInvites.get(host))).toEqual(noInvite);
    const invites = [newInvite(host), newInvite(host)];
    for (const each of invites) {
      expect(await organizationInvites.replace(host, each, newAudit())).toEqual(each);
      expect(await organizationInvites.get(host)).toEqual(each);
      expect(await locator.organizationOf("organization_invite", each.id)).toBe(host);
    }
    const [first] = invites;
    expect(first && (await locator.organizationOf("organization_invite", first.id))).toBeUndefined();
  });

  test("an organization that is gone takes no invite, and its own went with it", async (store) => {
    const { storage } = store;
    const host = await createHost(storage);
    const way = await invite(storage, host);
    await storage.organizations.delete(host, newAudit());
    expect(await store.execute("SELECT * FROM organization_invites")).toEqual([]);
    const fault = await faultOf(storage.organizationInvites.replace(host, newInvite(host), newAudit()));
    expect(fault).toEqual(noOrganization);
    expect(await faultOf(join(storage, await createPerson(storage), way))).toEqual(noInvite);
  });
}

function byInviteTests(test: StoreTest): void {
  test("by invite a person is another user there, with role member, and stays whom they are at home", async ({
    storage,
  }) => {
    const host = await createHost(storage);
    const way = await invite(storage, host);
    const person = await createPerson(storage, { loginProvider: "of their home" });
    const joiner = joinerOf(person);
    const audit = newAudit({ actorId: person.userId, actorPrincipal: "user" });
    const joined = await storage.members.join(joiner, way, audit);
    expect(joined).toEqual({
      organizationId: host,
      userId: joiner.newUserId,
      email: person.email,
      fullName: person.fullName,
      avatarUrl: person.avatarUrl,
      role: "member",
      status: "active",
      loginProvider: "builtin",
      memberSinceMs: audit.atMs,
      updatedAtMs: audit.atMs,
    });
    expect(await storage.members.get(host, joined.userId)).toEqual(joined);
    expect(await storage.members.get(person.organizationId, person.userId)).toEqual(person);
    // The organization is not told who they are elsewhere.
    expect((await allEvents(storage, host)).at(-1)).toMatchObject({
      actorId: joined.userId,
      actorPrincipal: "user",
      subjectType: "user",
      subjectId: joined.userId,
      action: "joined",
    });
    expect(await allEvents(storage, person.organizationId)).toHaveLength(1);
  });

  test("an invite that was replaced opens as little as one that never was", async (store) => {
    const { storage } = store;
    const host = await createHost(storage);
    const former = await invite(storage, host);
    await invite(storage, host);
    const person = await createPerson(storage);
    const before = await dump(store);
    expect(await faultOf(join(storage, person, former))).toEqual(noInvite);
    expect(await faultOf(join(storage, person, { kind: "invite", inviteId: newId() }))).toEqual(noInvite);
    expect(await dump(store)).toEqual(before);
  });

  test("who is suspended at home joins nothing", async ({ storage }) => {
    const way = await invite(storage, await createHost(storage));
    const person = await createPerson(storage, { status: "suspended" });
    expect(await faultOf(join(storage, person, way))).toEqual({ kind: "not_found", entity: "user" });
  });
}

function byDomainTests(test: StoreTest): void {
  const lets: readonly (readonly [string, readonly string[], string])[] = [
    ["example.org", ["example.org"], "ada@example.org"],
    ["example.org", ["other.example", "EXAMPLE.org"], "Ada@Example.ORG"],
    ["xn--bcher-kva.example", ["xn--bcher-kva.example"], "ada@bücher.example"],
  ];
  for (const [domain, inviteDomains, email] of lets) {
    test(`an organization that has verified ${domain} and invites ${inviteDomains} lets ${email} in`, async ({
      storage,
    }) => {
      const host = await createHost(storage);
      await storage.organizations.update(host, { inviteDomains }, newAudit());
      await verify(storage, host, domain);
      const person = await createPerson(storage, { email });
      const joined = await join(storage, person, { kind: "domain", organizationId: host });
      expect(joined).toMatchObject({ organizationId: host, email, role: "member" });
    });
  }

  const keepsOut: Readonly<Record<string, (storage: Storage, host: OrganizationId) => Promise<unknown>>> = {
    "is only invited": (storage, host) =>
      storage.organizations.update(host, { inviteDomains: ["example.org"] }, newAudit()),
    "is only verified": (storage, host) => verify(storage, host, "example.org"),
    "is invited, and its verification pending": async (storage, host) => {
      await storage.organizations.update(host, { inviteDomains: ["example.org"] }, newAudit());
      const claim = newDomainVerification(host, { domain: "example.org" });
      await storage.domainVerifications.create(host, claim, newAudit());
    },
    "is invited, and another organization's": async (storage, host) => {
      await storage.organizations.update(host, { inviteDomains: ["example.org"] }, newAudit());
      await verify(storage, await createHost(storage), "example.org");
    },
    "is below one that is invited and verified": async (storage, host) => {
      await storage.organizations.update(host, { inviteDomains: ["org.example"] }, newAudit());
      await verify(storage, host, "org.example");
    },
  };
  for (const [state, prepare] of Object.entries(keepsOut)) {
    test(`an email's domain that ${state} opens as little as an organization that never was`, async (store) => {
      const { storage } = store;
      const host = await createHost(storage);
      await prepare(storage, host);
      const email = state.startsWith("is below") ? "ada@sub.org.example" : "ada@example.org";
      const person = await createPerson(storage, { email });
      const before = await dump(store);
      for (const organizationId of [host, newId<OrganizationId>()]) {
        const fault = await faultOf(join(storage, person, { kind: "domain", organizationId }));
        expect(fault).toEqual(noOrganization);
      }
      expect(await dump(store)).toEqual(before);
    });
  }
}

function againTests(test: StoreTest): void {
  const states = [
    { status: "active", suspendedBy: "", fault: already },
    { status: "suspended", suspendedBy: "admin", fault: suspended },
    { status: "suspended", suspendedBy: "scim", fault: suspended },
    // An admin's suspension is not undone by leaving and coming back.
    { status: "left", suspendedBy: "admin", fault: suspended },
  ] as const;
  for (const { status, suspendedBy, fault } of states) {
    test(`whose email is a member's who is ${status} ("${suspendedBy}") does not join`, async (store) => {
      const { storage } = store;
      const host = await createHost(storage);
      const way = await invite(storage, host);
      const person = await createPerson(storage);
      const known = newMember(host, { email: person.email.toUpperCase(), role: "member", status });
      await addMember(store, known);
      await store.execute("UPDATE members SET suspended_by = ? WHERE user_id = ?", suspendedBy, known.userId);
      const before = await dump(store);
      expect(await faultOf(join(storage, person, way))).toEqual(fault);
      expect(await dump(store)).toEqual(before);
    });
  }

  test("who had left is the user again whom they were, as a member from now on", async (store) => {
    const { storage } = store;
    const host = await createHost(storage);
    const way = await invite(storage, host);
    const person = await createPerson(storage, { fullName: "Their name by now" });
    const joined = await join(storage, person, way);
    await storage.members.leave(host, joined.userId, newAudit());
    const audit = newAudit();
    const again = await storage.members.join(joinerOf(person), way, audit);
    expect(again).toEqual({ ...joined, memberSinceMs: audit.atMs, updatedAtMs: audit.atMs });
    expect((await allEvents(storage, host)).slice(-3).map(({ action }) => action)).toEqual([
      "joined",
      "left",
      "joined",
    ]);
    await expectSound(store);
  });

  test("who was deleted is a new user", async ({ storage }) => {
    const host = await createHost(storage);
    const way = await invite(storage, host);
    const person = await createPerson(storage);
    const joined = await join(storage, person, way);
    await storage.members.delete(host, joined.userId, newAudit());
    expect((await join(storage, person, way)).userId).not.toBe(joined.userId);
  });
}

function proofTests(test: StoreTest): void {
  test("an email that a directory says is believed elsewhere once its organization has verified the domain", async (store) => {
    const { storage } = store;
    const home = await createTenant(storage);
    const host = await createHost(storage);
    const ways: readonly JoinWay[] = [
      await invite(storage, host),
      { kind: "invite", inviteId: newId() },
      { kind: "domain", organizationId: host },
      { kind: "domain", organizationId: newId() },
    ];
    const content = newUserContent({ email: "ada@example.org" });
    const { directory, directoryUser, organization } = home;
    await storage.directoryUsers.update(directory, directoryUser.id, () => content, newAudit());
    const person = await storage.members.get(organization.id, directoryUser.id);
    for (const way of ways) expect(await faultOf(join(storage, person, way))).toEqual(unproven);
    await verify(storage, organization.id, "example.org");
    const [way] = ways;
    expect(way && (await join(storage, person, way))).toMatchObject({ email: "ada@example.org" });
  });
}

function concurrencyTests(test: StoreTest): void {
  test("of 20 attempts of one person at once one makes a member, and 19 find it", async (store) => {
    const { storage } = store;
    const host = await createHost(storage);
    const way = await invite(storage, host);
    const person = await createPerson(storage);
    const faults = await Promise.all(Array.from({ length: 20 }, () => faultOf(join(storage, person, way))));
    expect(faults.filter((fault) => fault === undefined)).toHaveLength(1);
    for (const fault of faults.filter((one) => one !== undefined)) {
      expect(fault).toMatchObject({ kind: "already_exists" });
    }
    expect(await storage.members.count(host, {}, 10)).toBe(2);
  });

  test("people join while the invite is replaced and the organization deleted: nobody is a member of nothing", async (store) => {
    const { storage } = store;
    for (let round = 0; round < 5; round += 1) {
      const host = await createHost(storage);
      const way = await invite(storage, host);
      const people: Member[] = [];
      for (let count = 0; count < 8; count += 1) people.push(await createPerson(storage));
      const joining = people.map((person) => faultOf(join(storage, person, way)));
      const replacing = faultOf(invite(storage, host));
      const deleting = round % 2 === 0 ? faultOf(storage.organizations.delete(host, newAudit())) : undefined;
      for (const fault of await Promise.all(joining)) expect([undefined, noInvite]).toContainEqual(fault);
      expect([undefined, noOrganization]).toContainEqual(await replacing);
      expect(await deleting).toBeUndefined();
      const strays = `SELECT * FROM members WHERE organization_id NOT IN (SELECT id FROM organizations)`;
      expect(await store.execute(strays)).toEqual([]);
    }
  }, 60_000);
}
