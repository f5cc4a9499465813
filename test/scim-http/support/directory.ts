/** A server for a test file, and on it an organization with an empty directory for each test that asks for one. */
import { afterAll, beforeAll } from "vitest";
import { encryptionKey } from "../../postgres/support/instances.ts";
import { startTestServer, type TestServer } from "../../support/server.ts";
import { postgresServer } from "../../support/storage-postgres.ts";
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
  directory(options?: ConfigurationOptions): Promise<Directory>;
}

export type Engine = "SQLite" | "PostgreSQL";

/** With TEST_SCIM_ENGINE=PostgreSQL every test file of this folder can be run on that. */
const usualEngine: Engine = process.env.TEST_SCIM_ENGINE === "PostgreSQL" ? "PostgreSQL" : "SQLite";

/** To be called at the top of a test file: starts the server before its tests and stops it after them. */
export function scimServer(engine: Engine = usualEngine): ScimServer {
  const postgres = engine === "PostgreSQL" ? postgresServer() : undefined;
  let server: TestServer | undefined;
  beforeAll(async () => {
    const database = await postgres?.database();
    server = await startTestServer(
      database === undefined ? {} : { DATABASE_URL: database.url, ENCRYPTION_KEY: encryptionKey },
    );
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const running = (): TestServer => {
    if (server === undefined) throw new Error("the server runs only while tests do");
    return server;
  };
  return { running, directory: (options) => createDirectory(running(), options) };
}
