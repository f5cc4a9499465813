/** Bounds that are checked before any work that grows with the input. */
export const limits = {
  /** Characters of a filter; of a PATCH path as well. */
  filterMaxLength: 4_096,
  /** Nesting of parentheses, `not` and value paths. Checked by the parser before it recurses. */
  filterMaxDepth: 20,
  /** Comparisons in one filter. */
  filterMaxTerms: 100,
  jsonMaxDepth: 32,
  /** UTF-16 code units of a string. */
  stringMaxLength: 1_024,
  /** Of URLs, which may be `data:` URLs of pictures, and of certificates. */
  longStringMaxLength: 65_536,
  /**
   * Of what is kept in an index: PostgreSQL takes 2,704 bytes of a row there, and one UTF-16 code unit is up to 6 bytes once
   * it is folded.
   */
  keyMaxLength: 256,
  /** Of an index key that is not folded. */
  exactKeyMaxLength: 512,
  /** Values of one multi-valued attribute of a user: emails, roles and so on. */
  elementsMax: 1_000,
  /** Names in `attributes` or `excludedAttributes`. */
  selectionNamesMax: 500,
  patchOperationsMax: 1_000,
  /** Values of all operations of one PATCH together: members, emails and so on. */
  patchValuesMax: 10_000,
  /** Elements of multi-valued attributes that the operations of one PATCH look at. */
  patchVisitsMax: 100_000,
  pageSizeDefault: 100,
  pageSizeMax: 1_000,
  /** How long a cursor can be continued (RFC 9865 section 4). */
  cursorTimeoutSeconds: 3_600,
  bulkOperationsMax: 1_000,
} as const;
