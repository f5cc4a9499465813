/** Which database the commands work on. */
import { existsSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ledger } from "../../src/storage/migrations/ledger.ts";
import { withDatabase } from "../process/support/database.ts";
import { createFolder } from "../process/support/folder.ts";
import { startTestServer } from "../support/server.ts";
import { cli, createOrganization, sqliteEnv } from "./support.ts";

const key = "8f1c0de4b75a29936e80f2d7c41ab65e93d20f7c6b18e4a5d07f3296c85b1ea4";
const otherKey = "17c9d2e0a45b8f6631d0e7c2b98a4f5d20c6e1739b84fa5d6e02c7318d9ab4f5";

const commands = [
  { name: "migrate", args: ["migrate"] },
  { name: "backup", args: ["backup", "copy.db"] },
  {
    name: "organization create",
    args: ["organization", "create", "--name", "Acme", "--admin-email", "ada@example.com"],
  },
  { name: "token create", args: ["token", "create", "--operator"] },
];

it("migrate makes a database at this version's schema, and does nothing to one that is", async () => {
  using folder = createFolder();
  const env = { ...sqliteEnv(folder.databasePath), ENCRYPTION_KEY: key };
  const said = { code: 0, out: [expect.stringMatching(/^\S+organization\.db is at schema \d+$/)], err: [] };
  expect(await cli(["migrate"], env)).toEqual(said);
  const applied = () =>
    withDatabase(folder.databasePath, (db) => db.prepare(`SELECT * FROM ${ledger}`).all());
  const before = applied();
  expect(before.length).toBeGreaterThan(0);
  expect(await cli(["migrate"], env)).toEqual(said);
  expect(applied()).toEqual(before);
});

it("migrate is content beside a running server that is up to date", async () => {
  await using server = await startTestServer();
  expect((await cli(["migrate"], sqliteEnv(server.databasePath))).code).toBe(0);
  await server.app.context.storage.ping();
});

it.each(commands)(
  "$name refuses a database in memory, which would end with the command",
  async ({ args }) => {
    expect(await cli(args, { DATABASE_URL: "sqlite::memory:" })).toEqual({
      code: 2,
      out: [],
      err: ["DATABASE_URL: a database in memory ends with this command; name a file"],
    });
  },
);

it.each(commands)(
  "$name refuses a bad configuration with every problem and exit code 2",
  async ({ args }) => {
    const { code, out, err } = await cli(args, { PORT: "x", DATABASE_URL: "nowhere", LOG_LEVEL: "loud" });
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err.map((line) => line.split(":")[0]).toSorted()).toEqual(["DATABASE_URL", "LOG_LEVEL", "PORT"]);
  },
);

it.each(commands)("$name refuses another key than the database's in one line", async ({ args }) => {
  using folder = createFolder();
  await createOrganization(
    { ...sqliteEnv(folder.databasePath), ENCRYPTION_KEY: key },
    "Acme",
    "a@example.com",
  );
  const { code, out, err } = await cli(args, { ...sqliteEnv(folder.databasePath), ENCRYPTION_KEY: otherKey });
  expect({ code, out }).toEqual({ code: 1, out: [] });
  expect(err).toEqual([expect.stringMatching(/^the encryption key is not the one/)]);
});

const needingOne = commands.filter(({ name }) => name === "backup" || name === "token create");

it.each(needingOne)("$name refuses a database that is not there, and makes none", async ({ args }) => {
  using folder = createFolder();
  const { code, out, err } = await cli(args, sqliteEnv(folder.databasePath));
  expect({ code, out }).toEqual({ code: 1, out: [] });
  expect(err).toEqual([`${folder.databasePath} does not exist: check DATABASE_URL and the current folder`]);
  expect(existsSync(folder.file("data"))).toBe(false);
});

it.each(commands)("$name refuses a folder that cannot be had in one line", async ({ args }) => {
  using folder = createFolder();
  writeFileSync(folder.file("data"), "a file where the folder should be");
  const { code, err } = await cli(args, sqliteEnv(folder.databasePath));
  expect(code).toBe(1);
  expect(err).toHaveLength(1);
  expect(err[0]).not.toMatch(/defect/);
});
