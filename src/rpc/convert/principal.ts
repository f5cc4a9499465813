import { Principal } from "../../../gen/gitpod/v1/identity_pb.ts";
import type { ActorPrincipal } from "../../storage/records.ts";

/** The operator is the installation's service account. */
const principals = {
  operator: Principal.SERVICE_ACCOUNT,
  user: Principal.USER,
} as const satisfies Record<ActorPrincipal, Principal>;

export function toPrincipal(principal: ActorPrincipal): Principal {
  return principals[principal];
}
