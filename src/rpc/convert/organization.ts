import type { MessageInitShape } from "@bufbuild/protobuf";
import { type OrganizationSchema, OrganizationTier } from "../../../gen/gitpod/v1/organization_pb.ts";
import type * as records from "../../storage/records.ts";
import { toTimestamp } from "./time.ts";

const tiers = {
  free: OrganizationTier.FREE,
  enterprise: OrganizationTier.ENTERPRISE,
  core: OrganizationTier.CORE,
} as const satisfies Record<records.OrganizationTier, OrganizationTier>;

export function toOrganization(
  organization: records.Organization,
): MessageInitShape<typeof OrganizationSchema> {
  return {
    id: organization.id,
    name: organization.name,
    createdAt: toTimestamp(organization.createdAtMs),
    updatedAt: toTimestamp(organization.updatedAtMs),
    ...(organization.inviteDomains.length === 0
      ? {}
      : { inviteDomains: { domains: [...organization.inviteDomains] } }),
    tier: tiers[organization.tier],
  };
}

/** The contract's field is a string: the name of the enum's value. */
export function toTierName(tier: records.OrganizationTier): string {
  return `ORGANIZATION_TIER_${tier.toUpperCase()}`;
}
