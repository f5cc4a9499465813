/** IdentityService: each method with its permission and its handler. */
import { IdentityService } from "../../../gen/gitpod/v1/identity_pb.ts";
import { authenticated, type Endpoints } from "../endpoint.ts";
import { getAuthenticatedIdentityHandler } from "./get-authenticated-identity.ts";

const { method } = IdentityService;

export const identityEndpoints: Endpoints<typeof IdentityService> = {
  getAuthenticatedIdentity: authenticated(method.getAuthenticatedIdentity, getAuthenticatedIdentityHandler),
};
