import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { keyFileOf } from "../keys/master-key.ts";
import { readConfig, withInstallation } from "./installation.ts";
import { CliError, exitCodes, type Io } from "./io.ts";

const reportStep = 0.1;

export async function backup(io: Io, file: string): Promise<void> {
  const config = readConfig(io);
  const { database } = config;
  if (database.kind !== "sqlite") {
    throw new CliError(exitCodes.usage, ["PostgreSQL is backed up by its own tools: use pg_dump"]);
  }
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) throw new CliError(exitCodes.failed, [`${folder} does not exist: make it first`]);
  await withInstallation(io, config, "existing", async ({ context }) => {
    await context.storage.backup(file, createProgress(io));
  });
  io.out(`${file} holds the database as it was when the copy began; it was checked and is on disk`);
  const key = config.secrets.encryptionKey === undefined ? keyFileOf(database.path) : "ENCRYPTION_KEY";
  io.out(`it opens only with its key, which is not in it: keep ${key} safe in another place`);
}

/** A line for every tenth of the way, and one at its end, on standard error: standard output is for the answer. */
function createProgress(io: Io): (share: number) => void {
  let next = reportStep;
  return (share) => {
    if (share < Math.min(next, 1)) return;
    io.err(`copied ${Math.floor(share * 100)} %`);
    next = share < 1 ? share + reportStep : Number.POSITIVE_INFINITY;
  };
}
