/** The resources of the filters' fixtures as rows of a directory. */
import { type GroupId, parseId, type UserId } from "../../../src/base/ids.ts";
import type { FilterDocument } from "../../../src/scim/filter/evaluate.ts";
import type { SearchDocument, SearchElement } from "../../../src/scim/resource/search-document.ts";
import type { ResourceTypeName } from "../../../src/scim/schema/attribute.ts";
import type { DirectoryTenant } from "../../../src/storage/directory.ts";
import { documents } from "../../scim/filter/support/documents.ts";
import {
  addDirectory,
  type GroupRow,
  newDirectory,
  newGroupRow,
  newUserRow,
  type ResourceRow,
  type UserRow,
} from "../../support/storage-directory.ts";
import type { StoreUnderTest } from "../../support/storage-harness.ts";

/** A directory with the fixtures' users and the groups they are in, or with the groups and their members. */
export async function fixtureDirectory(
  store: StoreUnderTest,
  type: ResourceTypeName,
): Promise<DirectoryTenant> {
  const tenant = await newDirectory(store);
  const users: UserRow[] = [];
  const groups: GroupRow[] = [];
  const members = new Map<GroupId, UserId[]>();
  for (const document of documents[type].values()) {
    if (type === "User") {
      const user = newUserRow(rowOf(parseId<UserId>(document.id), document, "userName"));
      users.push(user);
      for (const { value = "", display = "" } of elementsOf(document.search, "groups")) {
        const group = newGroupRow({ id: parseId(value), name: display });
        groups.push(group);
        members.set(group.id, [user.id]);
      }
    } else {
      const group = newGroupRow(rowOf(parseId<GroupId>(document.id), document, "displayName"));
      const own = elementsOf(document.search, "members").map(({ value = "", display }) =>
        newUserRow({ id: parseId(value), displayName: display }),
      );
      groups.push(group);
      users.push(...own);
      members.set(
        group.id,
        own.map(({ id }) => id),
      );
    }
  }
  await addDirectory(store, { tenant, users, groups, members });
  return tenant;
}

function rowOf<Id extends UserId | GroupId>(
  id: Id,
  { search, timesMs }: FilterDocument,
  nameKey: string,
): ResourceRow<Id> {
  const kept = Object.entries(search).filter(([key]) => key !== "groups" && key !== "members");
  return {
    id,
    name: textOf(search, nameKey) ?? "",
    externalId: textOf(search, "externalId"),
    search: Object.fromEntries(kept),
    createdAtMs: timesMs["meta.created"],
    updatedAtMs: timesMs["meta.lastModified"],
  };
}

function textOf(search: SearchDocument, key: string): string | undefined {
  const value = search[key];
  return typeof value === "string" ? value : undefined;
}

function elementsOf(search: SearchDocument, list: string): readonly SearchElement[] {
  const value = search[list];
  return value === undefined || typeof value === "string" ? [] : value;
}
