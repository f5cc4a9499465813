/**
 * Whether a URN in `schemas` is that of a core schema before the RFCs: OneLogin and JumpCloud send SCIM 1.1's
 * `urn:scim:schemas:core:1.0` and the drafts' `urn:scim:schemas:core:2.0`. Their attributes have the names of today's.
 */
export function isLegacyCoreSchema(urn: string): boolean {
  return urn.toLowerCase().startsWith("urn:scim:schemas:core:");
}
