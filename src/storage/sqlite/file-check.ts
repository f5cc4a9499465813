/**
 * What must be known of a database file before anything is written to it: a foreign, damaged or newer file is
 * refused and left byte for byte as it was.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { StorageOpenError } from "../errors.ts";

const magic = "SQLite format 3\0";
const headerBytes = 100;

/** "ORGS": marks the file as ours (PRAGMA application_id). */
export const applicationId = 0x4f524753;

/** Checks what the file's header tells. A missing or empty file is a new database. */
export function checkFile(path: string): void {
  if (!existsSync(path)) return;
  const { size } = statSync(path);
  if (size === 0) return;
  const header = readHeader(path);
  if (header.length < headerBytes || header.toString("latin1", 0, magic.length) !== magic) {
    throw new StorageOpenError(`${path} is not an SQLite database: DATABASE_URL must name another file`);
  }
  // What is still in the log may change the header: SQLite is asked instead.
  if (hasLog(path)) return;
  refuseForeignHeader(header, size, path);
  const bytes = header.readUInt32BE(28) * pageSizeOf(header);
  if (size < bytes)
    throw new StorageOpenError(`${path} is truncated (${size} of ${bytes} bytes): restore a backup`);
}

/** Our mark is set with the first table, so a file without it has no page but the first. */
function refuseForeignHeader(header: Buffer, size: number, path: string): void {
  const mark = header.readUInt32BE(68);
  if (mark === applicationId || (mark === 0 && size <= pageSizeOf(header))) return;
  throw foreignFile(path);
}

export function foreignFile(path: string): StorageOpenError {
  return new StorageOpenError(`${path} belongs to another program: DATABASE_URL must name another file`);
}

function pageSizeOf(header: Buffer): number {
  const stored = header.readUInt16BE(16);
  return stored === 1 ? 65_536 : stored;
}

/** True when the last stop was not clean, or another process has the database open. */
export function hasLog(path: string): boolean {
  const log = `${path}-wal`;
  return existsSync(log) && statSync(log).size > 0;
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(headerBytes);
  const file = openSync(path, "r");
  try {
    return header.subarray(0, readSync(file, header, 0, headerBytes, 0));
  } finally {
    closeSync(file);
  }
}
