import { systemClock } from "../base/clock.ts";
import { parseDatabaseUrl } from "../config/database.ts";
import { keyFileOf } from "../keys/master-key.ts";
import { copyDatabase } from "../storage/open.ts";
import { CliError, exitCodes, type Io } from "./io.ts";

export interface CopyOptions {
  readonly from: string;
  readonly to: string;
}

export async function copy(io: Io, options: CopyOptions): Promise<void> {
  const { path, url } = endsOf(options);
  const rows = await copyDatabase(path, url, systemClock, createProgress(io));
  for (const [table, count] of rows) io.out(`${table.padEnd(24)} ${count}`);
  io.out("everything was copied; counts and checksums agree");
  io.out(`set ENCRYPTION_KEY to what the original used: without one set, the content of ${keyFileOf(path)}`);
}

/** @throws CliError with all that is wrong */
function endsOf({ from, to }: CopyOptions): { readonly path: string; readonly url: string } {
  const path = fileOf(from);
  const url = postgresUrlOf(to);
  if (path !== undefined && url !== undefined) return { path, url };
  throw new CliError(exitCodes.usage, [
    ...(path === undefined ? ["--from: give the SQLite database to copy, as sqlite:<path>"] : []),
    ...(url === undefined
      ? ["--to: give an empty PostgreSQL database, as postgres://<user>:<password>@<host>:<port>/<database>"]
      : []),
  ]);
}

function fileOf(text: string): string | undefined {
  const parsed = parseDatabaseUrl(text);
  if (!parsed.ok || parsed.value.kind !== "sqlite" || parsed.value.path === ":memory:") return undefined;
  return parsed.value.path;
}

function postgresUrlOf(text: string): string | undefined {
  const parsed = parseDatabaseUrl(text);
  return parsed.ok && parsed.value.kind === "postgres" ? parsed.value.url.reveal() : undefined;
}

/** A line for each table at its end, and each second in a long one. */
function createProgress(io: Io): (progress: { table: string; rows: number; total: number }) => void {
  let lastMs = 0;
  return ({ table, rows, total }) => {
    const nowMs = performance.now();
    if (rows < total && nowMs - lastMs < 1000) return;
    lastMs = nowMs;
    io.err(`copied ${rows} of ${total} rows of ${table}`);
  };
}
