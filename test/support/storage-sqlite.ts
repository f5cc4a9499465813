/** SQLite stores for tests, each in a folder of its own that goes with it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { systemClock } from "../../src/base/clock.ts";
import type { Parameter, Row } from "../../src/storage/operation.ts";
import { openSqlite } from "../../src/storage/sqlite/sqlite-storage.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { memoryRoot } from "./memory-root.ts";
import type { StoreUnderTest } from "./storage-harness.ts";

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  file(name: string): string;
}

export async function temporaryFolder(root = tmpdir()): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(root, "organization-service-"));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export interface OpenedSqlite {
  readonly storage: Storage;
  readonly writer: Database.Database;
  /** The connection of each snapshot that was held so far: open while it is. */
  readonly snapshots: readonly Database.Database[];
  /** The statements that operations ran so far, but for the ad hoc ones. */
  readonly statements: ReadonlySet<string>;
  readonly adHocStatements: ReadonlySet<string>;
}

export async function openObserved(path: string): Promise<OpenedSqlite> {
  const writers: Database.Database[] = [];
  const snapshots: Database.Database[] = [];
  const statements = new Set<string>();
  const adHocStatements = new Set<string>();
  const storage = await openSqlite({
    path,
    clock: systemClock,
    role: "server",
    observer: {
      connected: (db, use) => {
        if (use === "writer") writers.push(db);
        else if (use === "snapshot") snapshots.push(db);
      },
      prepared: (sql, adHoc) => (adHoc ? adHocStatements : statements).add(sql),
    },
  });
  const [writer] = writers;
  if (writer === undefined) throw new Error("the observer saw no writer");
  return { storage, writer, snapshots, statements, adHocStatements };
}

/** For tests of what is stored rather than of how it gets to the disk. */
export async function sqliteFileStoreInMemory(): Promise<StoreUnderTest & OpenedSqlite> {
  return fileStoreIn(await temporaryFolder(memoryRoot));
}

export async function sqliteFileStore(): Promise<StoreUnderTest & OpenedSqlite> {
  return fileStoreIn(await temporaryFolder());
}

async function fileStoreIn(folder: TemporaryFolder): Promise<StoreUnderTest & OpenedSqlite> {
  const opened = await openObserved(folder.file("organization.db"));
  return {
    ...opened,
    execute: executeOn(opened.writer),
    async [Symbol.asyncDispose]() {
      await opened.storage.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export async function sqliteMemoryStore(): Promise<StoreUnderTest> {
  const { storage, writer } = await openObserved(":memory:");
  return { storage, execute: executeOn(writer), [Symbol.asyncDispose]: () => storage.close() };
}

/** Not while a long operation is at work on the same connection: it would be part of its transaction. */
export function executeOn(db: Database.Database): StoreUnderTest["execute"] {
  return async (sql, ...parameters: readonly Parameter[]) => {
    const statement = db.prepare<unknown[], Row>(sql);
    if (statement.reader) return statement.all(...parameters);
    statement.run(...parameters);
    return [];
  };
}

/** A connection past the storage, as the sqlite3 command would make it. */
export function openRaw(path: string): Database.Database & Disposable {
  const db = new Database(path);
  return Object.assign(db, { [Symbol.dispose]: () => void db.close() });
}

/**
 * How many transactions the write-ahead log holds: its frames with a database size end one each. Frames of an older
 * round of the log have other salts. https://www.sqlite.org/fileformat2.html#walformat
 */
export function commitsInLog(databasePath: string): number {
  const log = readFileSync(`${databasePath}-wal`);
  const frameBytes = log.readUInt32BE(8) + 24;
  const salts = log.subarray(16, 24);
  let commits = 0;
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) {
    if (!log.subarray(at + 8, at + 16).equals(salts)) break;
    if (log.readUInt32BE(at + 4) !== 0) commits += 1;
  }
  return commits;
}

/**
 * The files as a crash at this moment would leave them. By another process: closing a file that this one has open as a
 * database would drop its locks on it.
 */
export function crashImage(databasePath: string, copyPath: string): void {
  execFileSync("cp", [databasePath, copyPath]);
  execFileSync("cp", [`${databasePath}-wal`, `${copyPath}-wal`]);
}
