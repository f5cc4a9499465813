/** The real service on a free port over a real SQLite file, with clients of every protocol. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import Database from "better-sqlite3";
import { type App, startApp } from "../../src/app.ts";
import { type OperatorId, parseId, type UserId } from "../../src/base/ids.ts";
import { loadConfig } from "../../src/config/config.ts";
import { createOrganization } from "../../src/domain/organizations.ts";
import { createPersonalAccessToken } from "../../src/domain/personal-access-tokens.ts";
import type { Caller } from "../../src/domain/principal.ts";
import type { Member, Role } from "../../src/storage/records.ts";
import { createCollectingLogger } from "../observability/collecting-logger.ts";
import { ManualClock } from "./clock.ts";
import { type DnsServer, startDnsServer } from "./dns-server.ts";
import { memoryRoot } from "./memory-root.ts";

export const protocols = ["connect", "grpc", "grpc-web"] as const;
export type Protocol = (typeof protocols)[number];
export const codecs = ["json", "binary"] as const;
export type Codec = (typeof codecs)[number];

export interface ClientOptions {
  /** Undefined: none is sent. */
  readonly token: string | undefined;
  readonly protocol?: Protocol;
  readonly codec?: Codec;
  readonly httpVersion?: "1.1" | "2";
  readonly useHttpGet?: boolean;
}

/** An organization with a person in it and that person's token. */
export interface TestTenant {
  readonly organizationId: string;
  readonly userId: string;
  readonly token: string;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly app: App;
  readonly clock: ManualClock;
  readonly operatorToken: string;
  readonly databasePath: string;
  /** What the service asks of DNS, unless the test names other servers. */
  readonly dns: DnsServer;
  /** Every line that the service has logged. */
  readonly logs: readonly string[];
  client<S extends DescService>(service: S, options: ClientOptions): Client<S>;
  transport(options: ClientOptions): Transport;
  /** A new organization with one person of the role, and a token of theirs. */
  tenant(options?: {
    readonly role?: Role;
    readonly readOnly?: boolean;
    readonly name?: string;
  }): Promise<TestTenant>;
  /** Another person of the tenant's organization, and a token of theirs. */
  colleague(
    tenant: TestTenant,
    options?: { readonly role?: Role; readonly readOnly?: boolean },
  ): Promise<TestTenant>;
  /** Another person of the tenant's organization without a token: their id. */
  person(tenant: TestTenant, options?: { readonly role?: Role }): string;
  /** Another token for the tenant's person. */
  tokenFor(
    tenant: TestTenant,
    options?: { readonly readOnly?: boolean; readonly lifetimeMs?: number },
  ): Promise<string>;
  /** Changes the database behind the service's back, as no RPC of this version does (roles, statuses). */
  sql(text: string, ...parameters: readonly (string | number)[]): void;
  /** Reads the database behind the service's back. */
  rows(text: string, ...parameters: readonly (string | number)[]): readonly unknown[];
}

const caller: Caller = {
  principal: { kind: "operator", id: parseId<OperatorId>("00000000-0000-7000-8000-000000000000") },
  requestId: "test-set-up",
};

/** `env` overrides settings of the configuration. Rate limits are off unless a test sets them. */
export async function startTestServer(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(memoryRoot, "organization-service-"));
  const { logger, lines } = createCollectingLogger();
  const dns = await startDnsServer();
  const loaded = loadConfig({
    PORT: "0",
    DATABASE_URL: `sqlite:${join(folder, "test.db")}`,
    RATE_PER_TOKEN: "0",
    RATE_PER_ORGANIZATION: "0",
    RATE_FAILED_AUTH_PER_IP: "0",
    SHUTDOWN_GRACE_MS: "1000",
    DNS_SERVERS: dns.address,
    ...env,
  });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const { database } = loaded.config;
  const databasePath = database.kind === "sqlite" ? database.path : "";
  const clock = new ManualClock();
  const app = await startApp(loaded.config, logger, clock);
  const scheme = loaded.config.server.tls === undefined ? "http" : "https";
  const url = `${scheme}://127.0.0.1:${app.port}`;
  // One connection for all clients: a test may have hundreds of them, one for each token.
  const sessions = new Http2SessionManager(url, undefined, { rejectUnauthorized: false });
  const transport = (options: ClientOptions): Transport => createTransport(url, options, sessions);
  const memberOf = (organizationId: string, userId: string): Promise<Member> =>
    app.context.storage.members.get(parseId(organizationId), parseId(userId));
  const addPerson = (organizationId: string, role: Role): string => {
    const userId = app.context.ids.next<UserId>();
    const email = `${userId}@example.com`;
    sql(databasePath, insertColleague, userId, email, email, role, organizationId);
    return userId;
  };

  return {
    url,
    app,
    clock,
    operatorToken: app.operatorToken ?? env.ADMIN_TOKEN ?? "",
    databasePath,
    dns,
    logs: lines,
    transport,
    client: (service, options) => createClient(service, transport(options)),
    async tenant({ role = "admin", readOnly = false, name = "Tenant" } = {}) {
      const adminEmail = "person@example.com";
      const input = { name, join: false, inviteMatchingDomain: false, adminEmail };
      const { organization, admin } = await createOrganization(app.context, caller, input);
      if (admin === undefined) throw new Error("no first member");
      if (role !== "admin")
        sql(databasePath, "UPDATE members SET role = ? WHERE user_id = ?", role, admin.userId);
      const token = await mint(app, admin, readOnly, undefined);
      return { organizationId: organization.id, userId: admin.userId, token };
    },
    async colleague({ organizationId }, { role = "member", readOnly = false } = {}) {
      const userId = addPerson(organizationId, role);
      const token = await mint(app, await memberOf(organizationId, userId), readOnly, undefined);
      return { organizationId, userId, token };
    },
    person: ({ organizationId }, { role = "member" } = {}) => addPerson(organizationId, role),
    async tokenFor(tenant, { readOnly = false, lifetimeMs } = {}) {
      const member = await memberOf(tenant.organizationId, tenant.userId);
      return await mint(app, member, readOnly, lifetimeMs);
    },
    sql: (text, ...parameters) => sql(databasePath, text, ...parameters),
    rows: (text, ...parameters) => rows(databasePath, text, ...parameters),
    async [Symbol.asyncDispose]() {
      sessions.abort();
      await app.close({ now: true });
      await dns[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A copy of the organization's first member, except for what tells the two apart. */
const insertColleague = `INSERT INTO members (organization_id, user_id, email, email_fold, full_name, full_name_fold,
    avatar_url, role, status, login_provider, member_since, updated_at)
  SELECT organization_id, ?, ?, ?, full_name, full_name_fold, avatar_url, ?, status, login_provider, member_since,
    updated_at
  FROM members WHERE organization_id = ? LIMIT 1`;

async function mint(
  app: App,
  member: Member,
  readOnly: boolean,
  lifetimeMs: number | undefined,
): Promise<string> {
  const { token } = await createPersonalAccessToken(app.context, caller, member.organizationId, {
    userId: member.userId,
    description: "test",
    lifetimeMs,
    readOnly,
  });
  return token;
}

function sql(path: string, text: string, ...parameters: readonly (string | number)[]): void {
  const db = new Database(path);
  try {
    db.prepare(text).run(...parameters);
  } finally {
    db.close();
  }
}

function rows(path: string, text: string, ...parameters: readonly (string | number)[]): readonly unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare(text).all(...parameters);
  } finally {
    db.close();
  }
}

function createTransport(
  baseUrl: string,
  options: ClientOptions,
  sessionManager: Http2SessionManager,
): Transport {
  const { protocol = "connect", codec = "binary", httpVersion = "2", useHttpGet = false } = options;
  const common = {
    baseUrl,
    useBinaryFormat: codec === "binary",
    interceptors: options.token === undefined ? [] : [bearer(options.token)],
    // The certificates of tests are self-signed.
    nodeOptions: { rejectUnauthorized: false },
  };
  switch (protocol) {
    case "connect":
      return createConnectTransport({ ...common, httpVersion, useHttpGet, sessionManager });
    case "grpc":
      return createGrpcTransport({ ...common, sessionManager });
    case "grpc-web":
      return createGrpcWebTransport({ ...common, httpVersion, sessionManager });
  }
}

function bearer(token: string): Interceptor {
  return (next) => (req) => {
    req.header.set("Authorization", `Bearer ${token}`);
    return next(req);
  };
}
