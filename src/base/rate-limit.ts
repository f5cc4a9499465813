export type RateVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

/** Counts one event for a key. */
export interface RateLimit {
  take(key: string): RateVerdict;
}

/** What RPC and SCIM count together: a caller is one, by whichever protocol. */
export interface RateLimits {
  readonly perToken: RateLimit;
  readonly perOrganization: RateLimit;
  readonly failedAuthPerIp: RateLimit;
}

/** Counts a request for its credential and for its organization. What refuses first decides. */
export function takeForCaller(
  { perToken, perOrganization }: RateLimits,
  credentialKey: string,
  organizationId: string,
): RateVerdict {
  const ofToken = perToken.take(credentialKey);
  const ofOrganization = perOrganization.take(organizationId);
  return ofToken.allowed ? ofOrganization : ofToken;
}
