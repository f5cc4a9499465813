import { foundation } from "./001-foundation.ts";
import { directory } from "./002-directory.ts";
import { organizationLife } from "./003-organization-life.ts";
import type { Migration } from "./migration.ts";

/** In order; the last one's version is the schema that this program knows. */
export const migrations: readonly Migration[] = [foundation, directory, organizationLife];

/** What a database is at once it is open. */
export const schemaVersion = migrations.length;
