/** Groups in conditions and lists. */
import type { Condition } from "../../scim/filter/condition.ts";
import type { DirectoryTenant } from "../directory.ts";
import { compileOnElement } from "./compile.ts";
import { type Fragment, raw, sql } from "./fragment.ts";
import { column, type DirectoryTable } from "./table.ts";

export const directoryGroups: DirectoryTable = {
  name: raw("groups"),
  id: raw("id"),
  count: raw("group_count"),
  columns: new Map([
    ["id", column("id", { isUnique: true })],
    ["displayName", column("name_fold", { isUnique: true, isOrdered: true })],
    ["externalId", column("external_id", { isUnique: true, isOptional: true })],
    ["meta.created", column("created_at")],
    ["meta.lastModified", column("updated_at", { isOrdered: true })],
  ]),
  lists: new Map([["members", memberElement]]),
};

/** The members, who are users of the same directory, in the form that the search document would have them in. */
const memberOperands: ReadonlyMap<string, Fragment> = new Map([
  ["value", raw("membership.user_id")],
  ["display", raw("nullif(element.display_name_fold, '')")],
  ["type", raw("'user'{BYTEWISE}")],
]);

function memberElement(where: Condition, { organizationId, configurationId }: DirectoryTenant): Fragment {
  return sql`id IN (SELECT membership.group_id FROM group_members AS membership
    JOIN directory_users AS element
      ON element.organization_id = membership.organization_id AND element.user_id = membership.user_id
    WHERE membership.organization_id = ${organizationId} AND element.configuration_id = ${configurationId}
      AND ${compileOnElement(where, (key) => memberOperands.get(key))})`;
}
