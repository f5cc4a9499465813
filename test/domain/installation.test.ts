// What binds a database to its key, over the real start.
import { randomBytes } from "node:crypto";
import { chmodSync, renameSync, rmSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { WrongKeyError } from "../../src/domain/installation.ts";
import { keyFileOf, MasterKeyError } from "../../src/keys/master-key.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const key = () => randomBytes(32).toString("base64");

async function stopped(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const server = await startTestServer(env);
  await server.app.close({ now: true });
  return server;
}

function again(server: TestServer, env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  return startTestServer({ DATABASE_URL: `sqlite:${server.databasePath}`, ...env });
}

describe("an installation", () => {
  it("has the same operator at every start", async () => {
    const operatorOf = (server: TestServer) =>
      server.rows("SELECT value FROM instance WHERE key = 'operator_id'");
    await using first = await stopped();
    const before = operatorOf(first);
    expect(before).toHaveLength(1);
    await using second = await again(first);
    expect(operatorOf(second)).toEqual(before);
  });

  it("makes its key file at the first start, for its owner alone", async () => {
    await using first = await stopped();
    expect(statSync(keyFileOf(first.databasePath)).mode & 0o777).toBe(0o600);
  });

  it("does not start with another key than its own, and starts with its own again", async () => {
    const right = key();
    await using first = await stopped({ ENCRYPTION_KEY: right });
    await expect(again(first, { ENCRYPTION_KEY: key() })).rejects.toThrow(WrongKeyError);
    await using second = await again(first, { ENCRYPTION_KEY: right });
    expect(second.app.port).toBeGreaterThan(0);
  });

  it("does not start with a key from the environment when it was made with a key file, nor the other way", async () => {
    await using withFile = await stopped();
    await expect(again(withFile, { ENCRYPTION_KEY: key() })).rejects.toThrow(WrongKeyError);
    await using withKey = await stopped({ ENCRYPTION_KEY: key() });
    await expect(again(withKey)).rejects.toThrow(MasterKeyError);
  });

  it("does not start without its key file, and makes no new one in its place", async () => {
    await using first = await stopped();
    const file = keyFileOf(first.databasePath);
    renameSync(file, `${file}.away`);
    await expect(again(first)).rejects.toThrow(MasterKeyError);
    renameSync(`${file}.away`, file);
    await using second = await again(first);
    expect(second.app.port).toBeGreaterThan(0);
  });

  it("does not start with the key file of another installation", async () => {
    await using first = await stopped();
    await using other = await stopped();
    rmSync(keyFileOf(first.databasePath));
    renameSync(keyFileOf(other.databasePath), keyFileOf(first.databasePath));
    await expect(again(first)).rejects.toThrow(WrongKeyError);
  });

  it("does not start with a key file that others can read", async () => {
    await using first = await stopped();
    chmodSync(keyFileOf(first.databasePath), 0o644);
    await expect(again(first)).rejects.toThrow(MasterKeyError);
  });
});
