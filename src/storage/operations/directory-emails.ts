/** The index from an address to a directory's users who have it. */
import type { ScimConfigurationId, UserId } from "../../base/ids.ts";
import { type Operation, run } from "../operation.ts";
import { chunks, sized } from "./chunks.ts";

const insertEmails = sized(
  "(?, ?, ?)",
  (rows) =>
    `INSERT INTO directory_user_emails (configuration_id, value_fold, user_id) VALUES ${rows} ON CONFLICT DO NOTHING`,
);
const deleteEmails = sized(
  "?",
  (values) =>
    `DELETE FROM directory_user_emails WHERE configuration_id = ? AND value_fold IN (${values}) AND user_id = ?`,
);

/** Writes the difference alone. */
export function* replaceEmails(
  configurationId: ScimConfigurationId,
  userId: UserId,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): Operation<void> {
  for (const values of chunks([...before].filter((value) => !after.has(value)))) {
    yield* run(deleteEmails(values.length), configurationId, ...values, userId);
  }
  for (const values of chunks([...after].filter((value) => !before.has(value)))) {
    const rows = values.flatMap((value) => [configurationId, value, userId]);
    yield* run(insertEmails(values.length), ...rows);
  }
}

/** The values of `emails` in a search document, of which storage keeps the text. */
export function emailsIn(search: unknown): ReadonlySet<string> {
  const elements = ownProperty(search, "emails");
  if (!Array.isArray(elements)) return new Set();
  const values = elements.map((element: unknown) => ownProperty(element, "value"));
  return new Set(values.filter((value) => typeof value === "string"));
}

function ownProperty(object: unknown, name: string): unknown {
  if (typeof object !== "object" || object === null) return undefined;
  return Object.getOwnPropertyDescriptor(object, name)?.value;
}
