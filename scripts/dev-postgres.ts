/**
 * A PostgreSQL to try the service with, and the service on it: `node scripts/dev-postgres.ts [folder]`. What they keep
 * is in data/postgres unless a folder is named. Both stop together, with Ctrl-C.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { runCli } from "../src/cli/cli.ts";
import type { Io } from "../src/cli/io.ts";
import { canBeKept, createEmbeddedPostgres, type EmbeddedPostgres } from "./embedded-postgres.ts";

const keptFolder = resolve(process.argv[2] ?? join(import.meta.dirname, "../data/postgres"));
const database = "organization_service";

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function chooseFolder(): string {
  if (canBeKept(keptFolder)) return keptFolder;
  const temporary = mkdtempSync(join(tmpdir(), "organization-service-dev-"));
  say(`${keptFolder} is out of reach of the account that PostgreSQL runs as: everything is in ${temporary}`);
  return temporary;
}

/** The secrets of this database, made at the first start: without the same key it does not open again. */
function secretsIn(file: string): Readonly<Record<string, string>> {
  if (!existsSync(file)) {
    const lines = [
      `ENCRYPTION_KEY=${randomBytes(32).toString("hex")}`,
      `ADMIN_TOKEN=${randomBytes(24).toString("hex")}`,
    ];
    writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  }
  const { ENCRYPTION_KEY = "", ADMIN_TOKEN = "" } = parseEnv(readFileSync(file, "utf8"));
  return { ENCRYPTION_KEY, ADMIN_TOKEN };
}

async function createDatabase(postgres: EmbeddedPostgres): Promise<void> {
  try {
    await postgres.createDatabase(database);
  } catch (error) {
    // It is there from the last time.
    if (!(error instanceof Error && "code" in error && error.code === "42P04")) throw error;
  }
}

function explain(postgres: EmbeddedPostgres, secretsFile: string, port: string): void {
  const url = postgres.url(database);
  say(`PostgreSQL: ${url}`);
  say("a first call:");
  say(
    `  . ${secretsFile}; curl http://127.0.0.1:${port}/gitpod.v1.OrganizationService/CreateOrganization \\`,
  );
  say(
    `    -H "Authorization: Bearer $ADMIN_TOKEN" -H 'Content-Type: application/json' -d '{"name": "Acme"}'`,
  );
  say("another instance beside this one:");
  say(`  env $(cat ${secretsFile}) DATABASE_URL=${url} PORT=8081 node src/main.ts serve`);
  say("Ctrl-C stops both");
}

async function main(): Promise<number> {
  const folder = chooseFolder();
  const postgres = await createEmbeddedPostgres({ folder, ownGroup: true });
  try {
    await createDatabase(postgres);
    const secretsFile = join(folder, "dev.env");
    const env = { ...process.env, ...secretsIn(secretsFile), DATABASE_URL: postgres.url(database) };
    const io: Io = { env, out: (line) => process.stdout.write(`${line}\n`), err: say };
    explain(postgres, secretsFile, process.env.PORT ?? "8080");
    return await runCli(["serve"], io);
  } finally {
    await postgres.stop("fast");
  }
}

process.exitCode = await main();
