/**
 * S6 for SCIM: a session with tokens and passwords where they belong and where they do not, at the log's finest level. Afterwards
 * they are nowhere: not in the log, in no answer, and not in the database's bytes.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { encryptionKey } from "../postgres/support/instances.ts";
import { type Haystack, leaksOf } from "../rpc/support/leaks.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { postgresServer } from "../support/storage-postgres.ts";
import { lastRequestId, playSecretSession, type SecretSession } from "./support/secret-session.ts";

const LOG_LEVEL = "trace";
const timeoutMs = 120_000;

function expectNowhere({ secrets }: SecretSession, haystacks: readonly Haystack[]): void {
  const found = [...secrets].flatMap(([name, secret]) =>
    leaksOf(secret, haystacks).map((leak) => `${name} in ${leak}`),
  );
  expect(found.slice(0, 5)).toEqual([]);
}

function expectLogClean(server: TestServer, session: SecretSession): void {
  expect(server.logs.length).toBeGreaterThan(session.answers.length);
  expect(server.logs.some((line) => line.includes("a SCIM request failed on a defect"))).toBe(true);
  expectNowhere(session, [{ what: "log", bytes: Buffer.from(server.logs.join("")) }]);
}

function expectAnswersClean(session: SecretSession): void {
  const { answers } = session;
  expect(answers.length).toBeGreaterThan(1_000);
  const statuses = new Set(answers.map(({ status }) => status));
  for (const status of [200, 201, 204, 400, 401, 404, 500]) expect(statuses).toContain(status);
  const haystacks = answers.map(({ status, text }) => ({
    what: `answer ${status} ${text}`,
    bytes: Buffer.from(text),
  }));
  expectNowhere(session, haystacks);
}

async function lastLine(server: TestServer): Promise<void> {
  await vi.waitFor(() => expect(server.logs.at(-1)).toContain(lastRequestId));
}

describe("after the session on SQLite no token, no password and no other secret is", () => {
  let server: TestServer;
  let session: SecretSession;

  beforeAll(async () => {
    server = await startTestServer({ LOG_LEVEL });
    session = await playSecretSession(server, async (body) => {
      server.sql("ALTER TABLE directory_users RENAME TO elsewhere");
      await body();
      server.sql("ALTER TABLE elsewhere RENAME TO directory_users");
    });
    await lastLine(server);
  }, timeoutMs);
  afterAll(() => server[Symbol.asyncDispose]());

  it("in the log", () => expectLogClean(server, session));

  it("in an answer, body or headers, whatever its status", () => expectAnswersClean(session));

  it("in the database's files, the write-ahead log included", () => {
    const folder = dirname(server.databasePath);
    const names = readdirSync(folder).filter((name) => !name.endsWith(".key"));
    const files = names.map((name) => ({ what: name, bytes: readFileSync(join(folder, name)) }));
    // What came together with a password, and is kept.
    const withName = files.filter(({ bytes }) => bytes.includes("second@example.com"));
    expect(withName.map(({ what }) => what)).toContain("test.db-wal");
    expectNowhere(session, files);
  });

  it("in a backup", async () => {
    const file = `${server.databasePath}.backup`;
    await server.app.context.storage.backup(file, () => {});
    expectNowhere(session, [{ what: "backup", bytes: readFileSync(file) }]);
  });
});

describe("after the session on PostgreSQL, whose errors tell the rows that they refuse, none is", () => {
  const postgres = postgresServer();
  let server: TestServer;
  let session: SecretSession;

  beforeAll(async () => {
    const { url, execute } = await postgres.database();
    server = await startTestServer({ LOG_LEVEL, DATABASE_URL: url, ENCRYPTION_KEY: encryptionKey });
    session = await playSecretSession(server, async (body) => {
      const check = "CHECK (user_name NOT LIKE 'defect%')";
      await execute(`ALTER TABLE directory_users ADD CONSTRAINT unexpected ${check}`);
      await body();
    });
    await lastLine(server);
  }, timeoutMs);
  afterAll(() => server[Symbol.asyncDispose]());

  it("in the log", () => expectLogClean(server, session));

  it("in an answer, body or headers, whatever its status", () => expectAnswersClean(session));
});
