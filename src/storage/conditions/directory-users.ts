/** Users in conditions and lists. */
import type { Condition } from "../../scim/filter/condition.ts";
import type { DirectoryTenant } from "../directory.ts";
import { compareText } from "./compare.ts";
import { compileElement, compileOnElement, conjunctsOf, requiredValue } from "./compile.ts";
import { type Fragment, raw, sql } from "./fragment.ts";
import { column, type DirectoryTable } from "./table.ts";

export const directoryUsers: DirectoryTable = {
  name: raw("directory_users"),
  id: raw("user_id"),
  count: raw("user_count"),
  columns: new Map([
    ["id", column("user_id", { isUnique: true })],
    ["userName", column("user_name_fold", { isUnique: true, isOrdered: true })],
    ["externalId", column("external_id", { isUnique: true, isOptional: true })],
    ["meta.created", column("created_at")],
    ["meta.lastModified", column("updated_at", { isOrdered: true })],
  ]),
  lists: new Map([
    ["emails", emailElement],
    ["groups", groupElement],
  ]),
};

/** By the table of addresses where one is given. It has the addresses alone: anything else about them is in the document. */
function emailElement(where: Condition, { configurationId }: DirectoryTenant): Fragment {
  const address = requiredValue(where);
  if (address === undefined) return compileElement("emails", where);
  const hasAddress = sql`user_id IN (SELECT user_id FROM directory_user_emails
    WHERE configuration_id = ${configurationId} AND ${compareText(raw("value_fold"), "eq", address)})`;
  if (conjunctsOf(where).length === 1) return hasAddress;
  return sql`(${hasAddress} AND ${compileElement("emails", where)})`;
}

/** The directory's own groups, in the form that the search document would have them in. */
const groupOperands: ReadonlyMap<string, Fragment> = new Map([
  ["value", raw("membership.group_id")],
  ["display", raw("element.name_fold")],
  ["type", raw("'direct'{BYTEWISE}")],
]);

function groupElement(where: Condition, { organizationId, configurationId }: DirectoryTenant): Fragment {
  return sql`user_id IN (SELECT membership.user_id FROM group_members AS membership
    JOIN groups AS element
      ON element.organization_id = membership.organization_id AND element.id = membership.group_id
    WHERE membership.organization_id = ${organizationId} AND element.configuration_id = ${configurationId}
      AND ${compileOnElement(where, (key) => groupOperands.get(key))})`;
}
