import { Principal } from "../../../gen/gitpod/v1/identity_pb.ts";
import type { ActorPrincipal } from "../../storage/records.ts";

/** The operator is the installation's service account, and a SCIM configuration its organization's. */
const principals = {
  operator: Principal.SERVICE_ACCOUNT,
  user: Principal.USER,
  scim_configuration: Principal.SERVICE_ACCOUNT,
} as const satisfies Record<ActorPrincipal, Principal>;

export function toPrincipal(principal: ActorPrincipal): Principal {
  return principals[principal];
}
