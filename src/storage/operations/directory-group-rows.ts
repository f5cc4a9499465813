/** How a directory's groups stand in their rows. */
import { id, integer, optionalText, text } from "../columns.ts";
import type { DirectoryGroup } from "../directory.ts";
import type { Row } from "../operation.ts";

/** Of `groups`, what `decodeGroup` reads. */
export const groupColumns = "id, name, external_id, document, member_count, version, created_at, updated_at";

export function decodeGroup(row: Row): DirectoryGroup {
  return {
    id: id(row, "id"),
    displayName: text(row, "name"),
    externalId: optionalText(row, "external_id"),
    document: text(row, "document"),
    memberCount: integer(row, "member_count"),
    version: integer(row, "version"),
    createdAtMs: integer(row, "created_at"),
    updatedAtMs: integer(row, "updated_at"),
  };
}
