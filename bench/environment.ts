/** What the numbers depend on besides the code. */
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { textOf, toFields } from "./processes/fields.ts";
import { percentile } from "./statistics.ts";

export interface Environment {
  readonly node: string;
  readonly connect: string;
  readonly protobuf: string;
  readonly betterSqlite3: string;
  readonly sqlite: string;
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
  /** Of the minute before the run: what else the machine was doing. */
  readonly loadAverage: number;
  readonly disk: DiskLatency;
}

export interface DiskLatency {
  /** A file system in memory flushes nothing: group commit has nothing to save there. */
  readonly inMemory: boolean;
  readonly fdatasyncP50Ms: number;
  readonly fdatasyncP99Ms: number;
}

export function readEnvironment(folder: string): Environment {
  return {
    node: process.version,
    connect: versionOf("@connectrpc/connect"),
    protobuf: versionOf("@bufbuild/protobuf"),
    betterSqlite3: versionOf("better-sqlite3"),
    sqlite: sqliteVersion(),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
    loadAverage: loadavg()[0] ?? 0,
    disk: measureDisk(folder),
  };
}

/** Not `import.meta.resolve`: not every package exports its package.json. */
function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  const manifest: unknown = JSON.parse(readFileSync(file, "utf8"));
  return textOf(toFields(manifest), "version");
}

function sqliteVersion(): string {
  const db = new Database(":memory:");
  try {
    return String(db.prepare("SELECT sqlite_version()").pluck().get());
  } finally {
    db.close();
  }
}

const tmpfs = 0x01021994;
const blockBytes = 4096;
const flushes = 200;

/** As a commit of the WAL does it: one block written over, then flushed. */
function measureDisk(folder: string): DiskLatency {
  const path = join(folder, "fdatasync");
  const fd = openSync(path, "w");
  try {
    const block = Buffer.alloc(blockBytes, 1);
    for (let at = 0; at < flushes; at += 1) writeSync(fd, block, 0, blockBytes, at * blockBytes);
    fdatasyncSync(fd);
    const tookMs = Array.from({ length: flushes }, (_, at) => {
      const startMs = performance.now();
      writeSync(fd, block, 0, blockBytes, at * blockBytes);
      fdatasyncSync(fd);
      return performance.now() - startMs;
    });
    return {
      inMemory: statfsSync(folder).type === tmpfs,
      fdatasyncP50Ms: percentile(tookMs, 0.5),
      fdatasyncP99Ms: percentile(tookMs, 0.99),
    };
  } finally {
    closeSync(fd);
    rmSync(path);
  }
}
