/** What a start refuses (R7, S37): in one line, with exit code 1, and without touching what is there. */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { ledger } from "../../src/storage/migrations/ledger.ts";
import { cli, createOrganization, sqliteEnv } from "../cli/support.ts";
import { identityOf } from "./support/clients.ts";
import { digestOf, dumpOf } from "./support/database.ts";
import { createFolder, type Folder } from "./support/folder.ts";
import { startProcess } from "./support/process.ts";
import { linesOf, refusedStart, startService } from "./support/service.ts";

const encryptionKey = "8f1c0de4b75a29936e80f2d7c41ab65e93d20f7c6b18e4a5d07f3296c85b1ea4";
const otherKey = "17c9d2e0a45b8f6631d0e7c2b98a4f5d20c6e1739b84fa5d6e02c7318d9ab4f5";

/** A database with an organization in it, as the command line leaves it. */
async function makeDatabase(folder: Folder): Promise<void> {
  await createOrganization(sqliteEnv(folder.databasePath), "Acme", "ada@example.com");
}

async function refusalOf(folder: Folder, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stderr, stdout } = await refusedStart({ cwd: folder.path, env });
  expect(code).toBe(1);
  expect(stdout).toBe("");
  const [line = "", ...more] = linesOf(stderr);
  expect(more).toEqual([]);
  return line;
}

it("a wrong ENCRYPTION_KEY is refused, and every row stays as it was", async () => {
  using folder = createFolder();
  await makeDatabase(folder);
  const before = dumpOf(folder.databasePath);
  expect(await refusalOf(folder, { ENCRYPTION_KEY: otherKey })).toMatch(
    /^the encryption key is not the one that this database was created with: set the right ENCRYPTION_KEY/,
  );
  expect(dumpOf(folder.databasePath)).toEqual(before);
  expect((await cli(["migrate"], sqliteEnv(folder.databasePath))).code).toBe(0);
});

// Known defect: storage proves that it can write, which rewrites the first page, before the key is compared.
it("a wrong ENCRYPTION_KEY leaves the database file byte for byte as it was", async () => {
  using folder = createFolder();
  await makeDatabase(folder);
  const before = digestOf(folder.databasePath);
  await refusalOf(folder, { ENCRYPTION_KEY: otherKey });
  expect(digestOf(folder.databasePath)).toBe(before);
});

it("a missing key file is refused, and no other one is made in its place", async () => {
  using folder = createFolder();
  await makeDatabase(folder);
  rmSync(folder.keyPath);
  const before = digestOf(folder.databasePath);
  expect(await refusalOf(folder)).toBe(
    `${folder.keyPath} is missing, without which ${folder.databasePath} cannot be read: restore it, or set ENCRYPTION_KEY; if that is no database of this service, let DATABASE_URL name another file`,
  );
  expect(digestOf(folder.databasePath)).toBe(before);
  expect(existsSync(folder.keyPath)).toBe(false);
});

it("a key file that others may read, or that holds no key, is refused", async () => {
  using folder = createFolder();
  await makeDatabase(folder);
  chmodSync(folder.keyPath, 0o640);
  expect(await refusalOf(folder)).toMatch(/can be read by others than its owner: run chmod 600 on it$/);
  chmodSync(folder.keyPath, 0o600);
  writeFileSync(folder.keyPath, "c2hvcnQ=\n");
  expect(await refusalOf(folder)).toMatch(/does not hold a key of 32 bytes in base64: restore it$/);
});

it("a second server on the same file is refused, and the first goes on", async () => {
  using folder = createFolder();
  await using first = await startService({ cwd: folder.path });
  const token = await first.operatorToken();
  expect(await refusalOf(folder)).toMatch(
    /^another process serves .+: stop it first, or give this one another/,
  );
  await identityOf(first.port, token);
  expect((await first.stop()).code).toBe(0);
});

it("of two first starts at once one serves, the other is refused, and the key file is made once", async () => {
  using folder = createFolder();
  const starts = [1, 2].map(() => startProcess(["serve"], { cwd: folder.path, env: { PORT: "0" } }));
  try {
    const refused = await Promise.race(starts.map(({ ended }) => ended));
    expect(refused.code).toBe(1);
    expect(linesOf(refused.stderr).at(-1)).toMatch(/^another process serves/);
    for (const start of starts) start.signal("SIGTERM");
    const all = await Promise.all(starts.map(({ ended }) => ended));
    expect(all.map(({ code }) => code).toSorted()).toEqual([0, 1]);
    const said = all.map(({ stderr }) => stderr).join("");
    expect(said.split("operator token, not shown again")).toHaveLength(2);
    expect(readdirSync(dirname(folder.keyPath)).filter((name) => name.includes(".key"))).toHaveLength(1);
  } finally {
    for (const start of starts) await start[Symbol.asyncDispose]();
  }
});

it("a crashed server's file is free at once", async () => {
  using folder = createFolder();
  await using first = await startService({ cwd: folder.path });
  const token = await first.operatorToken();
  first.signal("SIGKILL");
  await first.ended;
  await using second = await startService({ cwd: folder.path });
  await identityOf(second.port, token);
});

interface Unusable {
  readonly what: string;
  readonly make: (folder: Folder) => Promise<void> | void;
  readonly message: RegExp;
}

const unusable: readonly Unusable[] = [
  {
    what: "a file that is no database",
    make: ({ databasePath }) => writeFileSync(databasePath, "not a database\n".repeat(1_000)),
    message: /is not an SQLite database: DATABASE_URL must name another file$/,
  },
  {
    what: "a newer version's database",
    make: async ({ databasePath }) => {
      await cli(["migrate"], { ...sqliteEnv(databasePath), ENCRYPTION_KEY: encryptionKey });
      change(databasePath, `INSERT INTO ${ledger} VALUES (99, 'future', 'sum', 0)`);
    },
    message: /was written by a newer version \(schema 99, this one knows \d+\): run that version$/,
  },
  {
    what: "another program's database",
    make: ({ databasePath }) =>
      change(databasePath, "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)"),
    message: /belongs to another program: DATABASE_URL must name another file$/,
  },
];

it.each(unusable)(
  "$what is refused within five seconds and not touched",
  { retry: 2 },
  async ({ make, message }) => {
    using folder = createFolder();
    mkdirSync(dirname(folder.databasePath));
    await make(folder);
    const before = digestOf(folder.databasePath);
    const startMs = performance.now();
    expect(await refusalOf(folder, { ENCRYPTION_KEY: encryptionKey })).toMatch(message);
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(digestOf(folder.databasePath)).toBe(before);
  },
);

it("a folder that cannot be made is refused", async () => {
  using folder = createFolder();
  writeFileSync(folder.file("data"), "a file where the folder should be");
  expect(await refusalOf(folder)).toMatch(/^E[A-Z]+: .+: check DATABASE_URL, and whose its folder is$/);
});

function change(path: string, sql: string): void {
  const db = new Database(path);
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}
