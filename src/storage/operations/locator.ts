import type { AnyId, OrganizationId } from "../../base/ids.ts";
import { id } from "../columns.ts";
import { first, type Operation, type Row, type Statement } from "../operation.ts";
import type { LocatableKind } from "../storage.ts";

const owner = (sql: string): Statement<OrganizationId> => ({
  sql,
  decode: (row: Row) => id<OrganizationId>(row, "organization_id"),
});

const owners: Readonly<Record<LocatableKind, Statement<OrganizationId>>> = {
  organization: owner("SELECT id AS organization_id FROM organizations WHERE id = ?"),
  user: owner("SELECT organization_id FROM members WHERE user_id = ?"),
  sso_configuration: owner("SELECT organization_id FROM sso_configurations WHERE id = ?"),
  scim_configuration: owner("SELECT organization_id FROM scim_configurations WHERE id = ?"),
  personal_access_token: owner("SELECT organization_id FROM personal_access_tokens WHERE id = ?"),
  group: owner("SELECT organization_id FROM groups WHERE id = ?"),
  group_membership: owner("SELECT organization_id FROM group_members WHERE id = ?"),
  organization_invite: owner("SELECT organization_id FROM organization_invites WHERE id = ?"),
  domain_verification: owner("SELECT organization_id FROM domain_verifications WHERE id = ?"),
};

export function* organizationOf(
  kind: LocatableKind,
  subjectId: AnyId,
): Operation<OrganizationId | undefined> {
  return yield* first(owners[kind], subjectId);
}
