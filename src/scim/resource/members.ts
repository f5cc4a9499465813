import { badRequest } from "../error.ts";
import { isJsonArray, type JsonObject, type JsonValue, ownValue } from "../json.ts";
import { membersAttribute } from "../schema/group.ts";
import { parseElement } from "./parse-value.ts";

/**
 * The ids in a value of `members`, each once, in the order in which they are sent. Display names and `$ref` are the
 * service's own; Entra ID sends `"$ref": null`.
 *
 * @param path what errors call it
 * @throws ScimError 400 invalidValue for a member without an id, and for one who is a group
 */
export function parseMembers(value: JsonValue, path = "members"): readonly string[] {
  const sent = isJsonArray(value) ? value : [value];
  const ids = new Set<string>();
  for (const each of sent) {
    if (each === null) continue;
    const member = parseElement(membersAttribute, each, path);
    assertNotNested(member, path);
    const id = ownValue(member, "value");
    if (typeof id === "string") ids.add(id);
  }
  return [...ids];
}

/** RFC 7643 section 4.2 leaves nested groups to the provider. */
function assertNotNested(member: JsonObject, path: string): void {
  const type = ownValue(member, "type");
  const reference = ownValue(member, "$ref");
  const isGroup =
    (typeof type === "string" && type.toLowerCase() === "group") ||
    (typeof reference === "string" && reference.includes("/Groups/"));
  if (isGroup) {
    throw badRequest("invalidValue", `${path} must be users. Nested groups are not supported.`);
  }
}
