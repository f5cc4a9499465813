/** A server for a test file, and on it an organization with an empty directory for each test that asks for one. */
import Database from "better-sqlite3";
import { afterAll, beforeAll } from "vitest";
import { encryptionKey } from "../../postgres/support/instances.ts";
import { startTestServer, type TestServer } from "../../support/server.ts";
import { postgresServer, type TestDatabase } from "../../support/storage-postgres.ts";
import { createScimClient, type ScimClient } from "./client.ts";
import {
  type ConfigurationOptions,
  createConfiguration,
  createOrganization,
  type Issued,
  type Management,
  managementOf,
  type Service,
} from "./management.ts";

export const scimPath = "/scim/v2";

export interface Directory extends Issued {
  readonly scim: ScimClient;
  readonly management: Management;
  /** Another configuration of the same organization. */
  sibling(options?: ConfigurationOptions): Promise<Directory>;
}

/** In an organization of its own. */
export async function createDirectory(
  service: Service,
  options: ConfigurationOptions = {},
): Promise<Directory> {
  const management = managementOf(service);
  const organizationId = await createOrganization(management, "Directory");
  return directoryIn(service, management, organizationId, options);
}

async function directoryIn(
  service: Service,
  management: Management,
  organizationId: string,
  options: ConfigurationOptions,
): Promise<Directory> {
  const issued = await createConfiguration(management, organizationId, "Directory sync", options);
  return {
    ...issued,
    management,
    scim: createScimClient(service.url + scimPath, issued.token),
    sibling: (more = {}) => directoryIn(service, management, organizationId, more),
  };
}

export interface ScimServer {
  /** While tests run. */
  running(): TestServer;
  /** Changes the database behind the service's back. */
  execute(sql: string, ...parameters: readonly (string | number)[]): Promise<void>;
  /** Whether anybody is in a transaction, and does nothing in it. */
  holdsTransaction(): Promise<boolean>;
  directory(options?: ConfigurationOptions): Promise<Directory>;
}

export type Engine = "SQLite" | "PostgreSQL";

/** With TEST_SCIM_ENGINE=PostgreSQL every test file of this folder can be run on that. */
const usualEngine: Engine = process.env.TEST_SCIM_ENGINE === "PostgreSQL" ? "PostgreSQL" : "SQLite";

/** To be called at the top of a test file: starts the server before its tests and stops it after them. */
export function scimServer(engine: Engine = usualEngine): ScimServer {
  const postgres = engine === "PostgreSQL" ? postgresServer() : undefined;
  let server: TestServer | undefined;
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await postgres?.database();
    server = await startTestServer(
      database === undefined ? {} : { DATABASE_URL: database.url, ENCRYPTION_KEY: encryptionKey },
    );
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const running = (): TestServer => {
    if (server === undefined) throw new Error("the server runs only while tests do");
    return server;
  };
  return {
    running,
    async execute(sql, ...parameters) {
      if (database === undefined) running().sql(sql, ...parameters);
      else await database.execute(sql, ...parameters);
    },
    holdsTransaction: async () =>
      database === undefined ? holdsLog(running().databasePath) : await holdsSession(database),
    directory: (options) => createDirectory(running(), options),
  };
}

/** What a reader still sees cannot be taken out of SQLite's log. */
function holdsLog(path: string): boolean {
  const db = new Database(path, { timeout: 0 });
  try {
    // Something must be in the log.
    db.exec("UPDATE directory_counts SET user_count = user_count + 1");
    db.exec("UPDATE directory_counts SET user_count = user_count - 1");
    return db.pragma("wal_checkpoint(TRUNCATE)", { simple: true }) !== 0;
  } finally {
    db.close();
  }
}

async function holdsSession({ execute }: TestDatabase): Promise<boolean> {
  const rows = await execute(
    `SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
  );
  return rows.length > 0;
}
