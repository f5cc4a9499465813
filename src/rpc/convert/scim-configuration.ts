import type { MessageInitShape } from "@bufbuild/protobuf";
import type { SCIMConfigurationSchema } from "../../../gen/gitpod/v1/organization_pb.ts";
import type { ScimConfiguration } from "../../storage/records.ts";
import { toTimestamp } from "./time.ts";

export function toSCIMConfiguration(
  configuration: ScimConfiguration,
): MessageInitShape<typeof SCIMConfigurationSchema> {
  return {
    id: configuration.id,
    organizationId: configuration.organizationId,
    name: configuration.name,
    enabled: configuration.enabled,
    ssoConfigurationId: configuration.ssoConfigurationId,
    createdAt: toTimestamp(configuration.createdAtMs),
    updatedAt: toTimestamp(configuration.updatedAtMs),
    tokenExpiresAt: toTimestamp(configuration.tokenExpiresAtMs),
    allowUnverifiedEmailAccountLinking: configuration.allowUnverifiedEmailAccountLinking,
  };
}
