/** What SCIM does with users. What it does to the organization's members is in the same transactions, in storage. */
import type { UserId } from "../../base/ids.ts";
import type { JsonObject, JsonValue } from "../../scim/json.ts";
import { applyPatch } from "../../scim/patch/apply.ts";
import { parsePatch } from "../../scim/patch/parse.ts";
import { parseDocument, toDocument } from "../../scim/resource/document.ts";
import { parseResource } from "../../scim/resource/parse-resource.ts";
import { toSearchDocument } from "../../scim/resource/search-document.ts";
import { userSummary } from "../../scim/resource/summary.ts";
import { resourceTypes } from "../../scim/schema/registry.ts";
import type { DirectoryUser, UserContent } from "../../storage/directory.ts";
import type { DomainContext } from "../context.ts";
import { type DirectoryCaller, directoryAuditOf, tenantOf } from "./caller.ts";
import { type Precondition, userVersion } from "./versions.ts";

const type = resourceTypes.User;

/** @throws ScimError for a body that is no user; StorageError already_exists, link_refused */
export async function createUser(
  context: DomainContext,
  caller: DirectoryCaller,
  body: JsonValue,
): Promise<DirectoryUser> {
  const { attributes } = parseResource(type, body);
  const user = {
    id: context.ids.next<UserId>(),
    content: contentOf(withActive(attributes, true)),
    allowUnverifiedLinking: caller.configuration.allowUnverifiedEmailAccountLinking,
  };
  const audit = directoryAuditOf(context, caller);
  return await context.storage.directoryUsers.create(tenantOf(caller), user, audit);
}

/** @throws StorageError not_found */
export function getUser(context: DomainContext, caller: DirectoryCaller, id: UserId): Promise<DirectoryUser> {
  return context.storage.directoryUsers.get(tenantOf(caller), id);
}

/**
 * PUT. What the body leaves out is cleared, but for `active`: a client that does not send it must not lift a suspension
 * by that (RFC 7644 section 3.5.1 lets the provider choose).
 *
 * @throws ScimError for a body that is no user, or what `check` throws; StorageError not_found, already_exists, last_admin
 */
export async function replaceUser(
  context: DomainContext,
  caller: DirectoryCaller,
  id: UserId,
  body: JsonValue,
  check: Precondition,
): Promise<DirectoryUser> {
  const { attributes } = parseResource(type, body);
  return await change(context, caller, id, check, ({ active }) => withActive(attributes, active));
}

/** PATCH: planned before the transaction, applied within it to what is there then. @throws as `replaceUser` */
export async function patchUser(
  context: DomainContext,
  caller: DirectoryCaller,
  id: UserId,
  body: JsonValue,
  check: Precondition,
): Promise<DirectoryUser> {
  const patch = parsePatch(type, body);
  return await change(context, caller, id, check, ({ document }) =>
    // Without `active` a user is active (as at their creation), so that removing it is no way around a value.
    withActive(applyPatch(type, patch, parseDocument(document)), true),
  );
}

/** @throws StorageError not_found, last_admin; what `check` throws */
export function deleteUser(
  context: DomainContext,
  caller: DirectoryCaller,
  id: UserId,
  check: Precondition,
): Promise<void> {
  const audit = directoryAuditOf(context, caller);
  return context.storage.directoryUsers.delete(
    tenantOf(caller),
    id,
    (user) => check(userVersion(user)),
    audit,
  );
}

function change(
  context: DomainContext,
  caller: DirectoryCaller,
  id: UserId,
  check: Precondition,
  next: (current: DirectoryUser) => JsonObject,
): Promise<DirectoryUser> {
  const contentFor = (current: DirectoryUser): UserContent | undefined => {
    check(userVersion(current));
    const content = contentOf(next(current));
    return content.document === current.document ? undefined : content;
  };
  const audit = directoryAuditOf(context, caller);
  return context.storage.directoryUsers.update(tenantOf(caller), id, contentFor, audit);
}

function withActive(attributes: JsonObject, otherwise: boolean): JsonObject {
  return Object.hasOwn(attributes, "active") ? attributes : { ...attributes, active: otherwise };
}

function contentOf(attributes: JsonObject): UserContent {
  return {
    ...userSummary(attributes),
    document: toDocument(type, attributes),
    search: toSearchDocument(type, attributes),
  };
}
