/** What the table of calls does not reach: the other branches of members' life and of keys, for tests of their statements. */
import type { OrganizationInviteId, UserId } from "../../src/base/ids.ts";
import type { Audit } from "../../src/storage/records.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { newAudit, newHash, newId, newMember, newOrganization } from "./storage-records.ts";
import { createTenant } from "./storage-tenant.ts";

export async function runMemberBranches(storage: Storage): Promise<void> {
  const { organization, directoryUser, domainVerification } = await createTenant(storage);
  const { members, organizations, organizationInvites, domainVerifications } = storage;
  const { id: organizationId } = organization;
  for (const suspended of [true, false]) {
    await members.setSuspended(organizationId, directoryUser.id, suspended, newAudit());
  }
  const { domain, verificationToken } = domainVerification;
  await domainVerifications.verify(organizationId, domainVerification.id, verificationToken, newAudit());
  await organizations.update(organizationId, { inviteDomains: [domain] }, newAudit());
  const home = newOrganization();
  const person = newMember(home.id, { email: `ada@${domain}` });
  await organizations.create(home, person, newAudit());
  const joiner = { organizationId: home.id, userId: person.userId, newUserId: newId<UserId>() };
  // A new member, and then one who comes back.
  for (let count = 0; count < 2; count += 1) {
    const { userId } = await members.join(joiner, { kind: "domain", organizationId }, newAudit());
    await members.leave(organizationId, userId, newAudit());
  }
  const createInvite = (audit: Audit) => {
    const invite = { organizationId, id: newId<OrganizationInviteId>(), createdAtMs: audit.atMs };
    return organizationInvites.replace(organizationId, invite, audit);
  };
  // As many uses of keys as go before a purge, which finds the first.
  await createInvite(newAudit({ atMs: 0, idempotency: { key: "outlived", requestHash: newHash() } }));
  const idempotency = { key: "repeated", requestHash: newHash() };
  for (let count = 0; count < 64; count += 1) await createInvite(newAudit({ idempotency }));
}
