/**
 * The storage contract in plain maps, as simple as it can be said: the oracle that engines are compared with.
 * It owes nothing to `src/storage/operations`; one call at a time, so it knows nothing of transactions.
 */
import { isDeepStrictEqual } from "node:util";
import type { AnyId, OrganizationId } from "../../../src/base/ids.ts";
import { type Entity, StorageError } from "../../../src/storage/errors.ts";
import type {
  Audit,
  AuditEvent,
  Member,
  Organization,
  PersonalAccessToken,
  ScimConfiguration,
  SsoConfiguration,
  SubjectType,
  TokenHash,
} from "../../../src/storage/records.ts";
import type {
  EventRepository,
  LocatableKind,
  MemberRepository,
  Page,
  Repositories,
} from "../../../src/storage/storage.ts";

interface Hashed<T> {
  record: T;
  hash: string;
}

interface State {
  readonly organizations: Map<AnyId, Organization>;
  readonly members: Map<AnyId, Member>;
  readonly sso: Map<AnyId, SsoConfiguration>;
  readonly scim: Map<AnyId, Hashed<ScimConfiguration>>;
  readonly tokens: Map<AnyId, Hashed<PersonalAccessToken>>;
  readonly events: Map<AnyId, AuditEvent[]>;
}

/**
 * Facts about the installation outlive one run of commands: they have tests of their own. So do directories, whose every
 * operation also does something to members: a model of that would be the operations once more.
 */
export type Modelled = Omit<
  Repositories,
  | "instance"
  | "directoryUsers"
  | "directoryGroups"
  | "members"
  | "organizationInvites"
  | "groups"
  | "domainVerifications"
  | "events"
> & {
  /** Groups and domains have tests of their own; lists of members, random ones. */
  readonly members: Pick<MemberRepository, "get" | "getByEmail" | "setRole">;
  /** Searches have random tests of their own too. */
  readonly events: Pick<EventRepository, "list">;
};

export function createModel(): Modelled {
  const state: State = {
    organizations: new Map(),
    members: new Map(),
    sso: new Map(),
    scim: new Map(),
    tokens: new Map(),
    events: new Map(),
  };
  return {
    organizations: organizations(state),
    members: members(state),
    ssoConfigurations: ssoConfigurations(state),
    scimConfigurations: scimConfigurations(state),
    personalAccessTokens: personalAccessTokens(state),
    credentials: credentials(state),
    locator: { organizationOf: async (kind, id) => ownerOf(state, kind, id) },
    events: {
      list: async (organizationId, afterPosition, limit) =>
        (state.events.get(organizationId) ?? [])
          .filter(({ position }) => position > afterPosition)
          .slice(0, limit),
    },
  };
}

function organizations(state: State): Repositories["organizations"] {
  return {
    async create(organization, firstMember, audit) {
      if (state.organizations.has(organization.id)) throw alreadyExists();
      if (firstMember !== undefined && state.members.has(firstMember.userId)) throw alreadyExists();
      state.organizations.set(organization.id, organization);
      if (firstMember !== undefined) state.members.set(firstMember.userId, firstMember);
      append(state, organization.id, audit, "organization", organization.id, "created");
      return organization;
    },
    get: async (id) => required(state.organizations.get(id), "organization"),
    async update(id, patch, audit) {
      const current = required(state.organizations.get(id), "organization");
      const next = patched(current, patch, audit);
      if (next === current) return current;
      state.organizations.set(id, next);
      append(state, id, audit, "organization", id, "updated");
      return next;
    },
    async delete(id, audit) {
      required(state.organizations.get(id), "organization");
      state.organizations.delete(id);
      for (const map of [state.members, state.sso])
        deleteWhere<{ organizationId: AnyId }>(map, id, (one) => one);
      for (const map of [state.scim, state.tokens])
        deleteWhere<Hashed<{ organizationId: AnyId }>>(map, id, (one) => one.record);
      append(state, id, audit, "organization", id, "deleted");
    },
  };
}

function members(state: State): Modelled["members"] {
  const isActiveAdmin = ({ role, status }: Member): boolean => role === "admin" && status === "active";
  return {
    get: async (organizationId, userId) => owned(state.members.get(userId), organizationId, "user"),
    async getByEmail(organizationId, email) {
      const wanted = email.toLowerCase();
      const found = [...state.members.values()].find(
        (member) => member.organizationId === organizationId && member.email.toLowerCase() === wanted,
      );
      return required(found, "user");
    },
    async setRole(organizationId, userId, role, audit) {
      const current = owned(state.members.get(userId), organizationId, "user");
      if (current.status === "left") throw missing("user");
      const next = patched(current, { role }, audit);
      if (next === current) return current;
      const others = ofTenant(state.members.values(), organizationId).filter((one) => one !== current);
      if (isActiveAdmin(current) && !others.some(isActiveAdmin)) {
        throw new StorageError({ kind: "last_admin", entity: "user" });
      }
      state.members.set(userId, next);
      append(state, organizationId, audit, "user", userId, "role_changed");
      return next;
    },
  };
}

function ssoConfigurations(state: State): Repositories["ssoConfigurations"] {
  return {
    async create(organizationId, configuration, audit) {
      required(state.organizations.get(organizationId), "organization");
      if (state.sso.has(configuration.id)) throw alreadyExists();
      state.sso.set(configuration.id, configuration);
      append(state, organizationId, audit, "sso_configuration", configuration.id, "created");
      return configuration;
    },
    get: async (organizationId, id) => owned(state.sso.get(id), organizationId, "sso_configuration"),
    list: async (organizationId, page) => pageOf(ofTenant(state.sso.values(), organizationId), page),
    async update(organizationId, id, patch, audit) {
      const current = owned(state.sso.get(id), organizationId, "sso_configuration");
      const next = patched(current, patch, audit);
      if (next === current) return current;
      state.sso.set(id, next);
      append(state, organizationId, audit, "sso_configuration", id, "updated");
      return next;
    },
    async delete(organizationId, id, audit) {
      owned(state.sso.get(id), organizationId, "sso_configuration");
      const linked = [...state.scim.values()].some(({ record }) => record.ssoConfigurationId === id);
      if (linked) throw new StorageError({ kind: "referenced", entity: "sso_configuration" });
      state.sso.delete(id);
      append(state, organizationId, audit, "sso_configuration", id, "deleted");
    },
  };
}

function scimConfigurations(state: State): Repositories["scimConfigurations"] {
  const current = (organizationId: OrganizationId, id: AnyId) =>
    owned(state.scim.get(id)?.record, organizationId, "scim_configuration");
  const records = () => [...state.scim.values()].map(({ record }) => record);
  return {
    async create(organizationId, configuration, tokenHash, audit) {
      owned(state.sso.get(configuration.ssoConfigurationId), organizationId, "sso_configuration");
      if (state.scim.has(configuration.id) || isTaken(state.scim, tokenHash)) throw alreadyExists();
      state.scim.set(configuration.id, { record: configuration, hash: hex(tokenHash) });
      append(state, organizationId, audit, "scim_configuration", configuration.id, "created");
    },
    get: async (organizationId, id) => current(organizationId, id),
    list: async (organizationId, page) => pageOf(ofTenant(records(), organizationId), page),
    listAll: async (page) => pageOf(records(), page),
    async update(organizationId, id, patch, audit) {
      const before = current(organizationId, id);
      const link = patch.ssoConfigurationId;
      if (link !== undefined) owned(state.sso.get(link), organizationId, "sso_configuration");
      const next = patched(before, patch, audit);
      if (next === before) return before;
      state.scim.set(id, { hash: state.scim.get(id)?.hash ?? "", record: next });
      append(state, organizationId, audit, "scim_configuration", id, "updated");
      return next;
    },
    async delete(organizationId, id, audit) {
      current(organizationId, id);
      state.scim.delete(id);
      append(state, organizationId, audit, "scim_configuration", id, "deleted");
    },
    async replaceToken(organizationId, id, issue, audit) {
      const before = current(organizationId, id);
      const { hash, expiresAtMs, lifetimeSeconds } = issue(before);
      if (isTaken(state.scim, hash, id)) throw alreadyExists();
      const record = {
        ...before,
        tokenExpiresAtMs: expiresAtMs,
        tokenLifetimeSeconds: lifetimeSeconds,
        updatedAtMs: Math.max(audit.atMs, before.updatedAtMs),
      };
      state.scim.set(id, { record, hash: hex(hash) });
      append(state, organizationId, audit, "scim_configuration", id, "token_regenerated");
      return record;
    },
  };
}

function personalAccessTokens(state: State): Repositories["personalAccessTokens"] {
  const records = () => [...state.tokens.values()].map(({ record }) => record);
  const ofUsers = (userIds: readonly AnyId[] | undefined) =>
    records().filter(({ userId }) => userIds === undefined || userIds.includes(userId));
  return {
    async create(organizationId, token, hash, audit) {
      const member = owned(state.members.get(token.userId), organizationId, "user");
      if (member.status !== "active") throw missing("user");
      if (state.tokens.has(token.id) || isTaken(state.tokens, hash)) throw alreadyExists();
      state.tokens.set(token.id, { record: token, hash: hex(hash) });
      append(state, organizationId, audit, "personal_access_token", token.id, "created");
    },
    get: async (organizationId, id) =>
      owned(state.tokens.get(id)?.record, organizationId, "personal_access_token"),
    list: async (organizationId, userIds, page) => pageOf(ofTenant(ofUsers(userIds), organizationId), page),
    listAll: async (userIds, page) => pageOf(ofUsers(userIds), page),
    async delete(organizationId, id, audit) {
      owned(state.tokens.get(id)?.record, organizationId, "personal_access_token");
      state.tokens.delete(id);
      append(state, organizationId, audit, "personal_access_token", id, "deleted");
    },
    async touch(organizationId, id, atMs) {
      const found = state.tokens.get(id);
      if (found === undefined || found.record.organizationId !== organizationId) return;
      if (found.record.lastUsedAtMs !== undefined && found.record.lastUsedAtMs >= atMs) return;
      state.tokens.set(id, { ...found, record: { ...found.record, lastUsedAtMs: atMs } });
    },
  };
}

function credentials(state: State): Repositories["credentials"] {
  return {
    async findPersonalAccessToken(hash) {
      const token = [...state.tokens.values()].find((one) => one.hash === hex(hash))?.record;
      if (token === undefined) return undefined;
      const { role, status } = required(state.members.get(token.userId), "user");
      return { token, role, status };
    },
    findScimConfiguration: async (hash) =>
      [...state.scim.values()].find((one) => one.hash === hex(hash))?.record,
  };
}

function ownerOf(state: State, kind: LocatableKind, id: AnyId): OrganizationId | undefined {
  switch (kind) {
    case "organization":
      return state.organizations.get(id)?.id;
    case "user":
      return state.members.get(id)?.organizationId;
    case "sso_configuration":
      return state.sso.get(id)?.organizationId;
    case "scim_configuration":
      return state.scim.get(id)?.record.organizationId;
    case "personal_access_token":
      return state.tokens.get(id)?.record.organizationId;
    case "group":
      return undefined;
  }
}

function append(
  state: State,
  organizationId: OrganizationId,
  audit: Audit,
  subjectType: SubjectType,
  subjectId: AnyId,
  action: string,
): void {
  const { eventId: id, atMs: createdAtMs, actorId, actorPrincipal, requestId } = audit;
  const log = state.events.get(organizationId) ?? [];
  const position = log.length + 1;
  log.push({
    organizationId,
    position,
    id,
    actorId,
    actorPrincipal,
    subjectType,
    subjectId,
    action,
    requestId,
    createdAtMs,
    occurrences: 1,
  });
  state.events.set(organizationId, log);
}

/** The record itself when the patch changes nothing of it. */
function patched<T extends { readonly updatedAtMs: number }>(current: T, patch: object, audit: Audit): T {
  const present = Object.entries(patch).filter(([, value]) => value !== undefined);
  const next = { ...current, ...Object.fromEntries(present) };
  if (isDeepStrictEqual(next, current)) return current;
  return { ...next, updatedAtMs: Math.max(audit.atMs, current.updatedAtMs) };
}

function pageOf<T extends { readonly id: AnyId }>(records: readonly T[], page: Page): readonly T[] {
  return records
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .filter(({ id }) => page.afterId === undefined || id > page.afterId)
    .slice(0, page.limit);
}

function ofTenant<T extends { readonly organizationId: OrganizationId }>(
  records: Iterable<T>,
  organizationId: OrganizationId,
): readonly T[] {
  return [...records].filter((record) => record.organizationId === organizationId);
}

function deleteWhere<T>(
  map: Map<AnyId, T>,
  id: AnyId,
  recordOf: (value: T) => { organizationId: AnyId },
): void {
  for (const [key, value] of map) if (recordOf(value).organizationId === id) map.delete(key);
}

function owned<T extends { readonly organizationId: AnyId }>(
  record: T | undefined,
  organizationId: AnyId,
  entity: Entity,
): T {
  return required(record?.organizationId === organizationId ? record : undefined, entity);
}

function required<T>(record: T | undefined, entity: Entity): T {
  if (record === undefined) throw missing(entity);
  return record;
}

function isTaken(map: ReadonlyMap<AnyId, Hashed<unknown>>, hash: TokenHash, except?: AnyId): boolean {
  return [...map].some(([id, one]) => id !== except && one.hash === hex(hash));
}

function hex(hash: TokenHash): string {
  return Buffer.from(hash).toString("hex");
}

function missing(entity: Entity): StorageError {
  return new StorageError({ kind: "not_found", entity });
}

function alreadyExists(): StorageError {
  return new StorageError({ kind: "already_exists", entity: "record" });
}
