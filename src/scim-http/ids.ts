import { type AnyId, parseId } from "../base/ids.ts";
import { notFound } from "./errors.ts";

/** The id in a path. What is no id of ours is nobody's, in whatever form. @throws ScimError 404 */
export function resourceIdOf<Id extends AnyId>(text: string): Id {
  try {
    const id = parseId<Id>(text);
    // Ids are compared exactly (RFC 7643 section 3.1): in capitals it is another one.
    if (id === text) return id;
  } catch {}
  throw notFound();
}
