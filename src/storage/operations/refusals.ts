import type { OrganizationId } from "../../base/ids.ts";
import { notFound } from "../errors.ts";
import { first, type Operation } from "../operation.ts";
import type { Audit } from "../records.ts";
import type { Refusal } from "../storage.ts";
import { appendEvent } from "./events.ts";

/** An organization that is gone has had its last event. */
const selectOrganization = {
  sql: "SELECT id FROM organizations WHERE id = ? {FOR KEY SHARE}",
  decode: () => true,
};

export function* appendRefusal(
  organizationId: OrganizationId,
  { subjectType, subjectId, action, occurrences }: Refusal,
  audit: Audit,
): Operation<void> {
  const exists = yield* first(selectOrganization, organizationId);
  if (exists === undefined) throw notFound("organization");
  yield* appendEvent(organizationId, audit, subjectType, subjectId, action, occurrences);
}
