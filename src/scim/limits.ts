/** Bounds that are checked before any work that grows with the input. */
export const limits = {
  /** Characters of a filter; of a PATCH path as well. */
  filterMaxLength: 4_096,
  /** Nesting of parentheses, `not` and value paths. Checked by the parser before it recurses. */
  filterMaxDepth: 20,
  /** Comparisons in one filter. */
  filterMaxTerms: 100,
  jsonMaxDepth: 32,
  patchOperationsMax: 1_000,
  /** Values of all operations of one PATCH together: members, emails and so on. */
  patchValuesMax: 10_000,
  pageSizeDefault: 100,
  pageSizeMax: 1_000,
  /** How long a cursor can be continued (RFC 9865 section 4). */
  cursorTimeoutSeconds: 3_600,
  bulkOperationsMax: 1_000,
} as const;
