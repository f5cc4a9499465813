/**
 * What filters and sorting see of a resource: its values in the form in which they are compared. Folded here, once, because
 * the engines' own case folding differs.
 *
 * Keys are canonical: `title`, `name.familyName`, `urn:…:2.0:User:department`, `urn:…:2.0:User:manager.value`. A multi-valued
 * attribute is a list of flat objects keyed by sub-attribute (`emails` → `[{"value": …, "type": …}]`). Strings are folded where
 * the attribute is not caseExact; booleans are "true" and "false". Empty strings, nulls and what is never returned are absent.
 *
 * `id`, `meta`, a user's `groups` and a group's `members` are not in it: storage has those in columns and rows of their own.
 */
export type SearchElement = Readonly<Record<string, string>>;
export type SearchDocument = Readonly<Record<string, string | readonly SearchElement[]>>;
