import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type DomainVerificationSchema,
  DomainVerificationState,
} from "../../../gen/gitpod/v1/organization_pb.ts";
import type * as records from "../../storage/records.ts";
import { toTimestamp } from "./time.ts";

const states = {
  pending: DomainVerificationState.PENDING,
  verified: DomainVerificationState.VERIFIED,
} as const satisfies Record<records.DomainVerificationState, DomainVerificationState>;

export function toDomainVerification(
  verification: records.DomainVerification,
): MessageInitShape<typeof DomainVerificationSchema> {
  const { verifiedAtMs } = verification;
  return {
    id: verification.id,
    organizationId: verification.organizationId,
    domain: verification.domain,
    state: states[verification.state],
    ...(verifiedAtMs === undefined ? {} : { verifiedAt: toTimestamp(verifiedAtMs) }),
    verificationToken: verification.verificationToken,
    createdAt: toTimestamp(verification.createdAtMs),
  };
}
