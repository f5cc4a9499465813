const bearer = /^Bearer +(\S+) *$/i;

/** The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1); undefined for anything else. */
export function bearerTokenOf(authorization: string | null | undefined): string | undefined {
  return authorization ? bearer.exec(authorization)?.[1] : undefined;
}
