/** Where the master key comes from: the environment, or a file beside the SQLite database. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { ensureFolder } from "../base/folder.ts";
import { masterKeyBytes } from "./keyring.ts";

/** The key cannot be had: one line for the operator, who must act. */
export class MasterKeyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MasterKeyError";
  }
}

export interface MasterKeySource {
  readonly encryptionKey: Uint8Array | undefined;
  /** The SQLite file, or ":memory:", whose key ends with the process too; undefined for a database elsewhere. */
  readonly databasePath: string | undefined;
}

export interface MasterKey {
  readonly key: Uint8Array;
  /** The file that was made now, of which the operator should know. */
  readonly createdFile: string | undefined;
}

/** @throws MasterKeyError */
export function loadMasterKey({ encryptionKey, databasePath }: MasterKeySource): MasterKey {
  if (encryptionKey !== undefined) return { key: encryptionKey, createdFile: undefined };
  if (databasePath === undefined) throw new MasterKeyError("ENCRYPTION_KEY is required with this database");
  if (databasePath === ":memory:") return { key: randomBytes(masterKeyBytes), createdFile: undefined };
  const database = resolve(databasePath);
  const file = keyFileOf(database);
  if (existsSync(file)) return { key: readKeyFile(file), createdFile: undefined };
  // A new key for an old database would open none of its secrets and tokens, and hide what went wrong.
  if (existsSync(database) && statSync(database).size > 0) {
    throw new MasterKeyError(
      `${file} is missing, without which ${database} cannot be read: restore it, or set ENCRYPTION_KEY; if that is no database of this service, let DATABASE_URL name another file`,
    );
  }
  return createKeyFile(file);
}

export function keyFileOf(databasePath: string): string {
  return `${databasePath}.key`;
}

function readKeyFile(file: string): Uint8Array {
  const { mode } = statSync(file);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new MasterKeyError(`${file} can be read by others than its owner: run chmod 600 on it`);
  }
  const key = Buffer.from(readFileSync(file, "utf8").trim(), "base64");
  if (key.length !== masterKeyBytes) {
    throw new MasterKeyError(`${file} does not hold a key of ${masterKeyBytes} bytes in base64: restore it`);
  }
  return key;
}

/** Appears whole or not at all, and on disk before the database that needs it exists. */
function createKeyFile(file: string): MasterKey {
  ensureFolder(dirname(file));
  // Not the process id: in a container it is the same at every start, and a start that was killed here leaves its file.
  const partial = `${file}.${randomBytes(8).toString("hex")}.partial`;
  const handle = openSync(partial, "wx", 0o600);
  try {
    fchmodSync(handle, 0o600);
    writeSync(handle, `${randomBytes(masterKeyBytes).toString("base64")}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  // Two processes may start at once: link refuses to replace the file of the one that came first.
  const created = tryLink(partial, file);
  rmSync(partial);
  syncFolder(dirname(file));
  return { key: readKeyFile(file), createdFile: created ? file : undefined };
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (existsSync(to)) return false;
    throw error;
  }
}

function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
