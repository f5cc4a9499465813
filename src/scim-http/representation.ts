/** Resources as JSON text. What is stored is ready to be sent; only what depends on the request is put around it. */
import { groupVersion, userVersion } from "../domain/directory/versions.ts";
import { isJsonObject, type JsonObject } from "../scim/json.ts";
import { parseJson } from "../scim/parse-json.ts";
import { project, type Selection, selectsAll } from "../scim/projection/selection.ts";
import { resourceTypes } from "../scim/schema/registry.ts";
import type { DirectoryGroup, DirectoryUser, MemberReference } from "../storage/directory.ts";
import { toEtag } from "./preconditions.ts";

export function userLocation(base: string, id: string): string {
  return `${base}/Users/${id}`;
}

export function groupLocation(base: string, id: string): string {
  return `${base}/Groups/${id}`;
}

export function renderUser(base: string, user: DirectoryUser, selection: Selection): string {
  const text = assemble(user.document, user.id, renderGroupsOf(base, user), metaOfUser(base, user));
  return selectsAll(selection)
    ? text
    : JSON.stringify(project(resourceTypes.User, selection, parseObject(text)));
}

/** All of a group but its members, as far as selected. */
export function renderGroupWithoutMembers(base: string, group: DirectoryGroup, selection: Selection): string {
  const text = assemble(group.document, group.id, "", metaOfGroup(base, group));
  return selectsAll(selection)
    ? text
    : JSON.stringify(project(resourceTypes.Group, selection, parseObject(text)));
}

/** Elements of `members`, separated by commas: a part of an array. */
export function renderMembers(
  base: string,
  members: readonly MemberReference[],
  selection: Selection,
): string {
  if (selectsAll(selection)) return members.map((member) => renderMember(base, member)).join(",");
  const all = members.map((member) => parseObject(renderMember(base, member)));
  const projected = project(resourceTypes.Group, selection, { schemas: [], id: "", members: all });
  return Array.isArray(projected.members) ? JSON.stringify(projected.members).slice(1, -1) : "";
}

function renderMember(base: string, { userId, display }: MemberReference): string {
  const reference = userLocation(base, userId);
  return `{"value":"${userId}","$ref":"${reference}","type":"User","display":${JSON.stringify(display)}}`;
}

function renderGroupsOf(base: string, { groups }: DirectoryUser): string {
  if (groups.length === 0) return "";
  const elements = groups.map(
    ({ id, displayName }) =>
      `{"value":"${id}","$ref":"${groupLocation(base, id)}","display":${JSON.stringify(displayName)},"type":"direct"}`,
  );
  return `,"groups":[${elements.join(",")}]`;
}

/** The document begins with its `schemas`, whose URNs hold no bracket: the id comes behind them. */
function assemble(document: string, id: string, computed: string, meta: string): string {
  const head = document.indexOf("]") + 1;
  return `${document.slice(0, head)},"id":"${id}"${document.slice(head, -1)}${computed},"meta":${meta}}`;
}

function metaOfUser(base: string, user: DirectoryUser): string {
  return renderMeta("User", userLocation(base, user.id), userVersion(user), user);
}

function metaOfGroup(base: string, group: DirectoryGroup): string {
  return renderMeta("Group", groupLocation(base, group.id), groupVersion(group), group);
}

interface Times {
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

function renderMeta(type: string, location: string, version: string, times: Times): string {
  const created = toDateTime(times.createdAtMs);
  const modified = times.updatedAtMs === times.createdAtMs ? created : toDateTime(times.updatedAtMs);
  // RFC 7643 section 3.1: the version is the entity tag, with its quotes.
  const tag = JSON.stringify(toEtag(version));
  return `{"resourceType":"${type}","created":"${created}","lastModified":"${modified}","location":"${location}","version":${tag}}`;
}

function toDateTime(ms: number): string {
  return new Date(ms).toISOString();
}

function parseObject(text: string): JsonObject {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new Error("a resource of ours is no JSON object");
  return value;
}
