/** From the Authorization header to a principal. Nothing is cached: a revocation holds at the next request. */
import { timingSafeEqual } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import type { Operator, Principal } from "../domain/principal.ts";
import type { Keyring } from "../keys/keyring.ts";
import { tokenKindOf } from "../keys/token-format.ts";
import type { KnownCredential, PersonalAccessTokenCredential } from "../storage/records.ts";
import type { Storage } from "../storage/storage.ts";
import { bearerTokenOf } from "./bearer.ts";

export type Authentication =
  | { readonly ok: true; readonly principal: Principal; readonly credentialKey: string }
  /**
   * `missing`: no bearer token was sent. `invalid`: one that opens nothing here, for whatever reason: unknown,
   * expired, revoked and a suspended owner are all answered alike. `credential` is one that an organization knows.
   */
  | { readonly ok: false; readonly reason: "missing" | "invalid"; readonly credential?: KnownCredential };

export interface Authenticator {
  authenticate(authorization: string | null): Promise<Authentication>;
}

export interface AuthenticatorOptions {
  readonly storage: Storage;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly operator: Operator;
  /** When set, this is the operator token, and one that was generated earlier opens nothing. */
  readonly adminToken: string | undefined;
  readonly onTouchError: (error: unknown) => void;
}

/** A use is noted at most this often for each token, off the request's path. */
const touchIntervalMs = 60_000;
const invalid = { ok: false, reason: "invalid" } as const;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { storage, keyring, clock, operator, adminToken } = options;
  const adminHash = adminToken === undefined ? undefined : keyring.hashToken(adminToken);
  const asOperator: Authentication = { ok: true, principal: operator, credentialKey: operator.id };

  async function authenticateOperator(hash: Buffer): Promise<Authentication> {
    if (adminHash !== undefined) return invalid;
    const expected = await storage.instance.operatorTokenHash();
    return expected !== undefined && sameHash(hash, expected) ? asOperator : invalid;
  }

  async function authenticateUser(hash: Buffer): Promise<Authentication> {
    const credential = await storage.credentials.findPersonalAccessToken(hash);
    const nowMs = clock.nowMs();
    if (credential === undefined) return invalid;
    if (!isAlive(credential, nowMs)) return { ...invalid, credential: knownAs(credential) };
    touch(credential, nowMs);
    const { token, role } = credential;
    return {
      ok: true,
      credentialKey: token.id,
      principal: {
        kind: "user",
        id: token.userId,
        organizationId: token.organizationId,
        role,
        tokenId: token.id,
        readOnly: token.readOnly,
      },
    };
  }

  function touch({ token }: PersonalAccessTokenCredential, nowMs: number): void {
    if (token.lastUsedAtMs !== undefined && nowMs - token.lastUsedAtMs < touchIntervalMs) return;
    storage.personalAccessTokens.touch(token.organizationId, token.id, nowMs).catch(options.onTouchError);
  }

  return {
    async authenticate(authorization) {
      const token = bearerTokenOf(authorization);
      if (token === undefined) return { ok: false, reason: "missing" };
      if (adminHash !== undefined && sameHash(keyring.hashToken(token), adminHash)) return asOperator;
      switch (tokenKindOf(token)) {
        case "op":
          return await authenticateOperator(keyring.hashToken(token));
        case "pat":
          return await authenticateUser(keyring.hashToken(token));
        // A SCIM token opens /scim/v2 and never an RPC.
        case "scim":
        case undefined:
          return invalid;
      }
    },
  };
}

function isAlive({ token, status }: PersonalAccessTokenCredential, nowMs: number): boolean {
  return status === "active" && nowMs < token.expiresAtMs;
}

function knownAs({ token }: PersonalAccessTokenCredential): KnownCredential {
  return {
    organizationId: token.organizationId,
    actorId: token.userId,
    actorPrincipal: "user",
    subjectType: "personal_access_token",
    subjectId: token.id,
  };
}

function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
