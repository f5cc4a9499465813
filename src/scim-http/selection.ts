import { parseSelection, type Selection } from "../scim/projection/selection.ts";
import type { ResourceTypeName } from "../scim/schema/attribute.ts";
import { resourceTypes } from "../scim/schema/registry.ts";

/** The attributes that a request's query asks for (RFC 7644 section 3.9). @throws ScimError when it both asks for and excludes */
export function selectionOf(query: URLSearchParams, type: ResourceTypeName): Selection {
  return parseSelection(
    resourceTypes[type],
    query.get("attributes") ?? undefined,
    query.get("excludedAttributes") ?? undefined,
  );
}
