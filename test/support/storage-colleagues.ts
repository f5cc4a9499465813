/** Members who were there before a directory, and what directories and admins do to them. */
import type { UserId } from "../../src/base/ids.ts";
import type { DirectoryTenant, UserContent } from "../../src/storage/directory.ts";
import type { Member } from "../../src/storage/records.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { addMember, type StoreUnderTest } from "./storage-harness.ts";
import { newAudit, newMember, newUser } from "./storage-records.ts";
import type { Tenant } from "./storage-tenant.ts";

export type Values = Partial<Omit<UserContent, "search">>;

/** A user with that member's email, linked whatever the domain. */
export function link(
  { directoryUsers }: Storage,
  directory: DirectoryTenant,
  { email }: Pick<Member, "email">,
  values: Values = {},
) {
  const user = newUser({ ...values, email }, { allowUnverifiedLinking: true });
  return directoryUsers.create(directory, user, newAudit());
}

export async function addColleague(
  store: StoreUnderTest,
  { organization }: Tenant,
  values: Partial<Member> = {},
): Promise<Member> {
  const colleague = newMember(organization.id, { role: "member", ...values });
  await addMember(store, colleague);
  return colleague;
}

/** As an admin does it; no repository method does yet. */
export async function suspend({ execute }: StoreUnderTest, userId: UserId): Promise<void> {
  await execute("UPDATE members SET status = 'suspended', suspended_by = 'admin' WHERE user_id = ?", userId);
}

export function setActive(
  { directoryUsers }: Storage,
  directory: DirectoryTenant,
  { id, values }: { readonly id: UserId; readonly values: Values },
  active: boolean,
) {
  const { content } = newUser({ ...values, active });
  return directoryUsers.update(directory, id, () => content, newAudit());
}
