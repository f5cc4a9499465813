/** What SCIM does with groups. They are the organization's groups, system-managed there. */
import { type GroupId, parseId, type UserId } from "../../base/ids.ts";
import { badRequest } from "../../scim/error.ts";
import type { JsonObject, JsonValue } from "../../scim/json.ts";
import { applyPatch } from "../../scim/patch/apply.ts";
import { type MembersPatch, parsePatch } from "../../scim/patch/parse.ts";
import { parseDocument, toDocument } from "../../scim/resource/document.ts";
import { parseResource } from "../../scim/resource/parse-resource.ts";
import { toSearchDocument } from "../../scim/resource/search-document.ts";
import { groupSummary } from "../../scim/resource/summary.ts";
import { resourceTypes } from "../../scim/schema/registry.ts";
import type { DirectoryGroup, GroupChange, GroupContent, MembersChange } from "../../storage/directory.ts";
import { StorageError } from "../../storage/errors.ts";
import type { DomainContext } from "../context.ts";
import { type DirectoryCaller, directoryAuditOf, tenantOf } from "./caller.ts";
import { groupVersion, type Precondition } from "./versions.ts";

const type = resourceTypes.Group;

/** @throws ScimError for a body that is no group, or names members who are none; StorageError already_exists, too_many_members */
export async function createGroup(
  context: DomainContext,
  caller: DirectoryCaller,
  body: JsonValue,
): Promise<DirectoryGroup> {
  const { attributes, members } = parseResource(type, body);
  const group = {
    id: context.ids.next<GroupId>(),
    content: contentOf(attributes),
    members: userIdsOf(members ?? []),
  };
  const audit = directoryAuditOf(context, caller);
  return await withKnownMembers(context.storage.directoryGroups.create(tenantOf(caller), group, audit));
}

/** Without its members. @throws StorageError not_found */
export function getGroup(
  context: DomainContext,
  caller: DirectoryCaller,
  id: GroupId,
): Promise<DirectoryGroup> {
  return context.storage.directoryGroups.get(tenantOf(caller), id);
}

/** PUT: the members too, and none when the body has none. @throws as `createGroup`; StorageError not_found; what `check` throws */
export async function replaceGroup(
  context: DomainContext,
  caller: DirectoryCaller,
  id: GroupId,
  body: JsonValue,
  check: Precondition,
): Promise<DirectoryGroup> {
  const { attributes, members } = parseResource(type, body);
  const replaced: MembersChange = { kind: "replace", members: userIdsOf(members ?? []) };
  return await change(context, caller, id, check, (current) => ({
    content: contentUnless(current, attributes),
    members: replaced,
  }));
}

/** PATCH: a change of members is a delta, and loads none of them. @throws as `replaceGroup` */
export async function patchGroup(
  context: DomainContext,
  caller: DirectoryCaller,
  id: GroupId,
  body: JsonValue,
  check: Precondition,
): Promise<DirectoryGroup> {
  const patch = parsePatch(type, body);
  const members = patch.members === undefined ? undefined : toMembersChange(patch.members);
  return await change(context, caller, id, check, (current) => {
    if (patch.edits.length === 0) return { members };
    const attributes = applyPatch(type, patch, parseDocument(current.document));
    return { content: contentUnless(current, attributes), members };
  });
}

/** @throws StorageError not_found; what `check` throws */
export function deleteGroup(
  context: DomainContext,
  caller: DirectoryCaller,
  id: GroupId,
  check: Precondition,
): Promise<void> {
  const audit = directoryAuditOf(context, caller);
  const refuse = (group: DirectoryGroup): void => check(groupVersion(group));
  return context.storage.directoryGroups.delete(tenantOf(caller), id, refuse, audit);
}

async function change(
  context: DomainContext,
  caller: DirectoryCaller,
  id: GroupId,
  check: Precondition,
  next: (current: DirectoryGroup) => GroupChange,
): Promise<DirectoryGroup> {
  const checked = (current: DirectoryGroup): GroupChange => {
    check(groupVersion(current));
    return next(current);
  };
  const audit = directoryAuditOf(context, caller);
  return await withKnownMembers(context.storage.directoryGroups.update(tenantOf(caller), id, checked, audit));
}

function contentUnless(current: DirectoryGroup, attributes: JsonObject): GroupContent | undefined {
  const content = contentOf(attributes);
  return content.document === current.document ? undefined : content;
}

function contentOf(attributes: JsonObject): GroupContent {
  return {
    ...groupSummary(attributes),
    document: toDocument(type, attributes),
    search: toSearchDocument(type, attributes),
  };
}

function toMembersChange(patch: MembersPatch): MembersChange {
  if (patch.kind === "replace") return { kind: "replace", members: userIdsOf(patch.members) };
  // To remove who cannot be there changes nothing; only who is added has to exist.
  const remove = patch.remove.map(toUserId).filter((id) => id !== undefined);
  return { kind: "delta", add: userIdsOf(patch.add), remove };
}

function userIdsOf(values: readonly string[]): UserId[] {
  return values.map((value) => {
    const id = toUserId(value);
    if (id === undefined) throw unknownMember();
    return id;
  });
}

/** Ids are compared exactly (RFC 7643 section 3.1): one in capitals is another's, and nobody's. */
function toUserId(value: string): UserId | undefined {
  try {
    const id = parseId<UserId>(value);
    return id === value ? id : undefined;
  } catch {
    return undefined;
  }
}

async function withKnownMembers<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const isUnknown =
      error instanceof StorageError &&
      error.fault.kind === "not_found" &&
      error.fault.entity === "directory_user";
    throw isUnknown ? unknownMember(error) : error;
  }
}

function unknownMember(cause?: unknown): Error {
  const error = badRequest(
    "invalidValue",
    "members: a value is not the id of a user of this directory; provision the user first",
  );
  error.cause = cause;
  return error;
}
