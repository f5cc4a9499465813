import { foldCase } from "../../base/fold.ts";
import type { UserId } from "../../base/ids.ts";
import { flag, fromFlag, text } from "../columns.ts";
import type { DirectoryTenant, DirectoryUser, GroupReference, NewUser, UserContent } from "../directory.ts";
import { notFound } from "../errors.ts";
import { first, type Operation, type Row, run } from "../operation.ts";
import type { Audit } from "../records.ts";
import { count } from "./directory-counts.ts";
import { emailsIn, replaceEmails } from "./directory-emails.ts";
import { leaveGroups, showAnew } from "./directory-group-members.ts";
import { bringMember, leaveUnlessPresent, updateMember } from "./directory-members.ts";
import { type DirectoryUserRow, decodeUser, groupsOfUsers, userColumns } from "./directory-user-rows.ts";
import { appendEvent } from "./events.ts";

interface StoredUser {
  readonly user: DirectoryUserRow;
  readonly linked: boolean;
  readonly displayName: string;
  readonly emails: ReadonlySet<string>;
}

const selectOne = {
  sql: `SELECT ${userColumns} FROM directory_users
        WHERE organization_id = ? AND configuration_id = ? AND user_id = ?`,
  decode: decodeUser,
};
const selectForUpdate = {
  sql: `SELECT ${userColumns}, linked, display_name, search FROM directory_users
        WHERE organization_id = ? AND configuration_id = ? AND user_id = ? {FOR UPDATE}`,
  decode: (row: Row): StoredUser => ({
    user: decodeUser(row),
    linked: flag(row, "linked"),
    displayName: text(row, "display_name"),
    emails: emailsIn(JSON.parse(text(row, "search"))),
  }),
};
const ssoConfiguration = (column: string): string =>
  `(SELECT ${column} FROM sso_configurations AS sso
    WHERE sso.organization_id = scim.organization_id AND sso.id = scim.sso_configuration_id) AS ${column}`;
/** What a new member logs in with. The configuration stays while a user is created in it. */
const selectLoginProvider = {
  sql: `SELECT ${ssoConfiguration("display_name")}, ${ssoConfiguration("issuer_url")}
        FROM scim_configurations AS scim WHERE organization_id = ? AND id = ? {FOR KEY SHARE}`,
  decode: (row: Row) => text(row, "display_name") || text(row, "issuer_url"),
};

export function* createDirectoryUser(
  tenant: DirectoryTenant,
  user: NewUser,
  audit: Audit,
): Operation<DirectoryUser> {
  const { organizationId, configurationId } = tenant;
  const { content } = user;
  const loginProvider = yield* first(selectLoginProvider, organizationId, configurationId);
  if (loginProvider === undefined) throw notFound("scim_configuration");
  const { userId, linked } = yield* bringMember(tenant, user, loginProvider, audit.atMs);
  yield* insertUser(tenant, userId, content, linked, audit.atMs);
  yield* replaceEmails(configurationId, userId, new Set(), emailsIn(content.search));
  yield* count(tenant, { users: 1 });
  yield* appendEvent(organizationId, audit, "user", userId, linked ? "linked" : "created");
  const { userName, externalId, active, document } = content;
  const times = { createdAtMs: audit.atMs, updatedAtMs: audit.atMs };
  return { id: userId, userName, externalId, active, document, version: 1, ...times, groups: [] };
}

function* insertUser(
  { organizationId, configurationId }: DirectoryTenant,
  userId: UserId,
  content: UserContent,
  linked: boolean,
  atMs: number,
): Operation<void> {
  yield* run(
    `INSERT INTO directory_users
       (${userColumns}, organization_id, configuration_id, user_name_fold, linked, display_name, display_name_fold, search)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    userId,
    content.userName,
    content.externalId ?? null,
    fromFlag(content.active),
    content.document,
    1,
    atMs,
    atMs,
    organizationId,
    configurationId,
    foldCase(content.userName),
    fromFlag(linked),
    content.displayName,
    foldCase(content.displayName),
    JSON.stringify(content.search),
  );
}

/** The groups may be of a later moment than the user: an ETag of the two is then one that has never been given out. */
export function* getDirectoryUser(tenant: DirectoryTenant, userId: UserId): Operation<DirectoryUser> {
  const user = yield* first(selectOne, tenant.organizationId, tenant.configurationId, userId);
  if (user === undefined) throw notFound("directory_user");
  return { ...user, groups: yield* groupsOf(tenant, userId) };
}

function* groupsOf(tenant: DirectoryTenant, userId: UserId): Operation<readonly GroupReference[]> {
  return (yield* groupsOfUsers(tenant, [userId])).get(userId) ?? [];
}

/** On PostgreSQL, locks are taken in this order: the user, their groups by id, their member, the counts, the position. */
function* lockUser(tenant: DirectoryTenant, userId: UserId): Operation<StoredUser> {
  const found = yield* first(selectForUpdate, tenant.organizationId, tenant.configurationId, userId);
  if (found === undefined) throw notFound("directory_user");
  return found;
}

export function* updateDirectoryUser(
  tenant: DirectoryTenant,
  userId: UserId,
  change: (current: DirectoryUser) => UserContent | undefined,
  audit: Audit,
): Operation<DirectoryUser> {
  const { user, linked, displayName, emails } = yield* lockUser(tenant, userId);
  const current = { ...user, groups: yield* groupsOf(tenant, userId) };
  const content = change(current);
  if (content === undefined) return current;
  const { userName, externalId, active, document } = content;
  const version = current.version + 1;
  const updatedAtMs = Math.max(audit.atMs, current.updatedAtMs);
  const next = { ...current, userName, externalId, active, document, version, updatedAtMs };
  yield* updateUser(tenant, next, content);
  yield* replaceEmails(tenant.configurationId, userId, emails, emailsIn(content.search));
  if (content.displayName !== displayName) yield* showAnew(tenant, current.groups, audit.atMs);
  const hasChangedActive = active !== current.active;
  yield* updateMember(tenant, { userId, linked }, content, hasChangedActive, audit.atMs);
  const action = hasChangedActive ? (active ? "activated" : "deactivated") : "updated";
  yield* appendEvent(tenant.organizationId, audit, "user", userId, action);
  return next;
}

function* updateUser(
  { organizationId, configurationId }: DirectoryTenant,
  next: DirectoryUser,
  content: UserContent,
): Operation<void> {
  yield* run(
    `UPDATE directory_users
     SET user_name = ?, user_name_fold = ?, external_id = ?, active = ?, display_name = ?, display_name_fold = ?,
         document = ?, search = ?, version = ?, updated_at = ?
     WHERE organization_id = ? AND configuration_id = ? AND user_id = ?`,
    next.userName,
    foldCase(next.userName),
    next.externalId ?? null,
    fromFlag(next.active),
    content.displayName,
    foldCase(content.displayName),
    next.document,
    JSON.stringify(content.search),
    next.version,
    next.updatedAtMs,
    organizationId,
    configurationId,
    next.id,
  );
}

export function* deleteDirectoryUser(
  tenant: DirectoryTenant,
  userId: UserId,
  check: (current: DirectoryUser) => void,
  audit: Audit,
): Operation<void> {
  const { organizationId, configurationId } = tenant;
  const { user, emails } = yield* lockUser(tenant, userId);
  const groups = yield* groupsOf(tenant, userId);
  check({ ...user, groups });
  yield* leaveGroups(tenant, userId, groups, audit.atMs);
  yield* replaceEmails(configurationId, userId, emails, new Set());
  yield* run(
    "DELETE FROM directory_users WHERE organization_id = ? AND configuration_id = ? AND user_id = ?",
    organizationId,
    configurationId,
    userId,
  );
  yield* leaveUnlessPresent(organizationId, userId, audit.atMs);
  yield* count(tenant, { users: -1 });
  yield* appendEvent(organizationId, audit, "user", userId, "deleted");
}
