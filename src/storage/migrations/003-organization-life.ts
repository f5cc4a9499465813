import type { Migration } from "./migration.ts";

/** What the rest of the management API keeps: invites, the search of the audit log, and creates that were already made. */
export const organizationLife: Migration = {
  version: 3,
  name: "organization life",
  statements: [
    // One at a time: a new one takes the place of the last.
    `CREATE TABLE organization_invites (
      organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organizations (id),
      id TEXT NOT NULL UNIQUE,
      created_at {BIGINT} NOT NULL
    ) {STRICT}`,
    // What happened to one thing, without reading all that happened in the organization.
    "CREATE INDEX events_by_subject ON events (organization_id, subject_id, position)",
    // Refusals are counted together, so that a flood of them is a row.
    "ALTER TABLE events ADD COLUMN occurrences INTEGER NOT NULL DEFAULT 1",
    // A create that was made under a key of its caller's. No reference: it goes by its age, with or without what it made.
    `CREATE TABLE idempotency_keys (
      caller_id TEXT NOT NULL,
      key TEXT NOT NULL,
      request_hash {BYTES} NOT NULL,
      result TEXT NOT NULL,
      created_at {BIGINT} NOT NULL,
      PRIMARY KEY (caller_id, key)
    ) {STRICT}{CLUSTERED}`,
    "CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)",
  ],
};
