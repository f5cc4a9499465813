/**
 * Strong versions (RFC 7644 section 3.14): two representations of a resource that differ have different ones. A user shows
 * the groups that they are in, whose names change without a write to the user: those are part of the version.
 */
import { hash } from "node:crypto";
import type { DirectoryGroup, DirectoryUser } from "../../storage/directory.ts";

/** Throws to refuse a change to a resource of that version. */
export type Precondition = (version: string) => void;

export function userVersion(user: DirectoryUser): string {
  const own = rowVersion(user);
  if (user.groups.length === 0) return own;
  const groups = JSON.stringify(user.groups.map(({ id, displayName }) => [id, displayName]));
  return `${own}-${hash("sha256", groups, "base64url").slice(0, 16)}`;
}

export function groupVersion(group: DirectoryGroup): string {
  return rowVersion(group);
}

/** With the time, because a user who is deleted and comes again has the same id and counts from 1 again. */
function rowVersion({
  updatedAtMs,
  version,
}: {
  readonly updatedAtMs: number;
  readonly version: number;
}): string {
  return `${updatedAtMs.toString(36)}-${version.toString(36)}`;
}
