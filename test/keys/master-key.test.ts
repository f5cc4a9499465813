import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyFileOf, loadMasterKey, type MasterKey, MasterKeyError } from "../../src/keys/master-key.ts";

let folder: string;
let databasePath: string;
let keyFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "master-key-"));
  databasePath = join(folder, "data", "organization.db");
  keyFile = keyFileOf(databasePath);
});

afterEach(() => rmSync(folder, { recursive: true }));

const load = (encryptionKey?: Uint8Array): MasterKey => loadMasterKey({ encryptionKey, databasePath });
const modeOf = (file: string): number => statSync(file).mode & 0o777;

describe("the key from the environment", () => {
  it("is taken as it is, and no file is made", () => {
    const key = new Uint8Array(32).fill(9);
    expect(load(key)).toEqual({ key, createdFile: undefined });
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  it("overrules a key file", () => {
    load();
    expect(load(new Uint8Array(32)).key).toEqual(new Uint8Array(32));
  });
});

describe("the key of a database in memory", () => {
  it("is another each time, and in no file", () => {
    const source = { encryptionKey: undefined, databasePath: ":memory:" };
    const [one, two] = [loadMasterKey(source), loadMasterKey(source)];
    expect(one.key).toHaveLength(32);
    expect(one.key).not.toEqual(two.key);
    expect(one.createdFile).toBeUndefined();
    expect(existsSync(":memory:.key")).toBe(false);
  });
});

describe("the key of a database that is no file", () => {
  it("has to be in the environment", () => {
    expect(() => loadMasterKey({ encryptionKey: undefined, databasePath: undefined })).toThrow(
      MasterKeyError,
    );
  });
});

describe("the key file", () => {
  it("is made at the first start, beside the database, with its folder, and told of once", () => {
    const first = load();
    expect(first.createdFile).toBe(keyFile);
    expect(first.key).toHaveLength(32);
    expect(readFileSync(keyFile, "utf8")).toBe(`${Buffer.from(first.key).toString("base64")}\n`);
    expect(load()).toEqual({ key: first.key, createdFile: undefined });
    expect(readdirSync(join(folder, "data"))).toEqual(["organization.db.key"]);
  });

  it.each([0o000, 0o022, 0o077, 0o277])("is readable by its owner alone, whatever the umask: %o", (umask) => {
    load();
    rmSync(keyFile);
    const before = process.umask(umask);
    try {
      load();
    } finally {
      process.umask(before);
    }
    expect(modeOf(keyFile)).toBe(0o600);
  });

  it.each([0o640, 0o604, 0o644, 0o620, 0o602, 0o601, 0o777])(
    "is refused with mode %o, with what to do",
    (mode) => {
      load();
      chmodSync(keyFile, mode);
      expect(load).toThrow(MasterKeyError);
      expect(load).toThrow(`${keyFile} can be read by others than its owner: run chmod 600 on it`);
    },
  );

  it.each([0o600, 0o400])("is taken with mode %o", (mode) => {
    const { key } = load();
    chmodSync(keyFile, mode);
    expect(load().key).toEqual(key);
  });

  it.each([
    ["empty", ""],
    ["short", Buffer.alloc(31).toString("base64")],
    ["long", Buffer.alloc(33).toString("base64")],
    ["not base64", "this is not a key"],
  ])("is refused when it is %s, and left as it is", (_what, text) => {
    load();
    writeFileSync(keyFile, text);
    expect(load).toThrow(MasterKeyError);
    expect(readFileSync(keyFile, "utf8")).toBe(text);
  });

  it("is not made anew for a database that exists, whose secrets it would not open", () => {
    load();
    rmSync(keyFile);
    writeFileSync(databasePath, "a database");
    expect(load).toThrow(MasterKeyError);
    for (const remedy of [keyFile, "restore", "set ENCRYPTION_KEY"]) expect(load).toThrow(remedy);
    expect(existsSync(keyFile)).toBe(false);
  });

  it("is made for a database file that is still empty", () => {
    load();
    rmSync(keyFile);
    writeFileSync(databasePath, "");
    expect(load().createdFile).toBe(keyFile);
  });

  it("is made although a start before was killed half-way in a process of the same id, as in a container", () => {
    load();
    rmSync(keyFile);
    writeFileSync(`${keyFile}.${process.pid}.partial`, "half a k", { mode: 0o600 });
    expect(load().createdFile).toBe(keyFile);
    expect(load().key).toHaveLength(32);
  });

  it("is one, when many processes start at the same time", async () => {
    const module = JSON.stringify(join(import.meta.dirname, "../../src/keys/master-key.ts"));
    const script = `
      import { loadMasterKey } from ${module};
      const { key, createdFile } = loadMasterKey({ databasePath: ${JSON.stringify(databasePath)} });
      console.log(JSON.stringify({ key: Buffer.from(key).toString("hex"), created: createdFile !== undefined }));
    `;
    const start = () => promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
    const outputs = await Promise.all(Array.from({ length: 8 }, start));
    const results = outputs.map(({ stdout }): unknown => JSON.parse(stdout));
    const key = Buffer.from(load().key).toString("hex");
    const created = { key, created: true };
    const found = { key, created: false };
    expect(results).toContainEqual(created);
    expect(results.filter((result) => JSON.stringify(result) === JSON.stringify(found))).toHaveLength(7);
    expect(readdirSync(join(folder, "data"))).toEqual(["organization.db.key"]);
  });
});
