import * as fc from "fast-check";
import type { OrganizationId, UserId } from "../../../src/base/ids.ts";
import type { LocatableKind } from "../../../src/storage/storage.ts";
import { newAudit, newId, newMember, newOrganization, nextMs } from "../../support/storage-records.ts";
import {
  anOrganization,
  anSso,
  aScim,
  aToken,
  aUser,
  type Command,
  command,
  freshOrTaken,
  limit,
  optional,
  pick,
  picked,
  skewMs,
  tenantFor,
  text,
  texts,
} from "./run.ts";

const firstMember = fc.record({
  taken: pick,
  role: fc.constantFrom("admin" as const, "member" as const),
  status: fc.constantFrom("active" as const, "active" as const, "suspended" as const, "left" as const),
});

const create = command(
  "organizations.create",
  fc.record({ taken: pick, name: text, domains: texts, member: optional(firstMember) }),
  (run, { taken, name, domains, member }) => {
    const id = freshOrTaken<OrganizationId>(run.organizationIds, taken, newId);
    const organization = newOrganization({ id, name, inviteDomains: domains });
    const audit = newAudit();
    if (member === undefined)
      return ({ organizations }) => organizations.create(organization, undefined, audit);
    const userId = freshOrTaken<UserId>(run.userIds, member.taken, newId);
    const first = newMember(id, { userId, role: member.role, status: member.status });
    run.emails.push(first.email);
    if (!run.owners.has(userId)) run.owners.set(userId, id);
    return ({ organizations }) => organizations.create(organization, first, audit);
  },
);

const get = command("organizations.get", pick, (run, index) => {
  const id = anOrganization(run, index);
  return ({ organizations }) => organizations.get(id);
});

const update = command(
  "organizations.update",
  fc.record({ of: pick, name: optional(text), domains: optional(texts), skewMs }),
  (run, { of, name, domains, skewMs }) => {
    const id = anOrganization(run, of);
    const audit = newAudit({ atMs: nextMs() + skewMs });
    return ({ organizations }) => organizations.update(id, { name, inviteDomains: domains }, audit);
  },
);

/** Seldom of one that exists: an empty world has nothing to find. */
const remove = command("organizations.delete", fc.tuple(pick, pick), (run, [of, chance]) => {
  const id = chance < 8 ? anOrganization(run, of) : newId<OrganizationId>();
  const audit = newAudit();
  return ({ organizations }) => organizations.delete(id, audit);
});

const getMember = command("members.get", fc.tuple(pick, pick), (run, [of, which]) => {
  const userId = aUser(run, which);
  const id = tenantFor(run, userId, of);
  return ({ members }) => members.get(id, userId);
});

const getByEmail = command(
  "members.getByEmail",
  fc.tuple(pick, pick, fc.boolean()),
  (run, [of, which, upper]) => {
    const id = anOrganization(run, of);
    const email = picked(run.emails, which, () => "nobody@example.com");
    return ({ members }) => members.getByEmail(id, upper ? email.toUpperCase() : email);
  },
);

const setRole = command(
  "members.setRole",
  fc.record({ of: pick, which: pick, role: fc.constantFrom("admin" as const, "member" as const), skewMs }),
  (run, { of, which, role, skewMs }) => {
    const userId = aUser(run, which);
    const id = tenantFor(run, userId, of);
    const audit = newAudit({ atMs: nextMs() + skewMs });
    return ({ members }) => members.setRole(id, userId, role, audit);
  },
);

const kinds: readonly LocatableKind[] = [
  "organization",
  "user",
  "sso_configuration",
  "scim_configuration",
  "personal_access_token",
  "group",
];

const locate = command(
  "locator.organizationOf",
  fc.tuple(fc.constantFrom(...kinds), fc.nat({ max: 4 }), pick),
  (run, [kind, idKind, which]) => {
    const choices = [anOrganization, aUser, anSso, aScim, aToken] as const;
    const id = (choices[idKind] ?? anOrganization)(run, which);
    return ({ locator }) => locator.organizationOf(kind, id);
  },
);

const listEvents = command(
  "events.list",
  fc.tuple(pick, fc.nat({ max: 20 }), limit),
  (run, [of, after, limit]) => {
    const id = anOrganization(run, of);
    return ({ events }) => events.list(id, after, limit);
  },
);

/** Twice `create`: everything else needs one. */
export const organizationCommands: readonly fc.Arbitrary<Command>[] = [
  create,
  create,
  get,
  update,
  remove,
  getMember,
  getByEmail,
  setRole,
  locate,
  listEvents,
];
