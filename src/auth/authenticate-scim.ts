/** From the Authorization header to the SCIM configuration that the token opens. Nothing is cached. */
import type { Clock } from "../base/clock.ts";
import type { Keyring } from "../keys/keyring.ts";
import { tokenKindOf } from "../keys/token-format.ts";
import type { KnownCredential, ScimConfiguration } from "../storage/records.ts";
import type { Storage } from "../storage/storage.ts";
import { bearerTokenOf } from "./bearer.ts";

export type ScimAuthentication =
  | { readonly ok: true; readonly configuration: ScimConfiguration }
  /**
   * `invalid`: unknown, expired, replaced and of another kind are all answered alike. `credential` is one that an
   * organization knows.
   */
  | { readonly ok: false; readonly reason: "missing" | "invalid"; readonly credential?: KnownCredential };

export interface ScimAuthenticator {
  authenticate(authorization: string | undefined): Promise<ScimAuthentication>;
}

export interface ScimAuthenticatorOptions {
  readonly storage: Storage;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

const missing = { ok: false, reason: "missing" } as const;
const invalid = { ok: false, reason: "invalid" } as const;

/** A configuration's token, whose use it is that is refused. */
export function scimCredentialOf({ organizationId, id }: ScimConfiguration): KnownCredential {
  const actor = { actorId: id, actorPrincipal: "scim_configuration" } as const;
  return { organizationId, ...actor, subjectType: "scim_configuration", subjectId: id };
}

export function createScimAuthenticator({
  storage,
  keyring,
  clock,
}: ScimAuthenticatorOptions): ScimAuthenticator {
  return {
    async authenticate(authorization) {
      const token = bearerTokenOf(authorization);
      if (token === undefined) return missing;
      // Of another kind, whatever else it opens: refused before the database is asked.
      if (tokenKindOf(token) !== "scim") return invalid;
      const configuration = await storage.credentials.findScimConfiguration(keyring.hashToken(token));
      if (configuration === undefined) return invalid;
      if (clock.nowMs() >= configuration.tokenExpiresAtMs) {
        return { ...invalid, credential: scimCredentialOf(configuration) };
      }
      return { ok: true, configuration };
    },
  };
}
