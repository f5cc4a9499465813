/**
 * Migrations: numbered, append-only, forward. One text serves every engine; `{BYTES}` and `{BIGINT}` stand for the
 * engine's types, `{STRICT}` for what ends a table, `{CLUSTERED}` after it for rows that live in the primary key's index.
 * `{STATISTICS table (columns)}` says that the columns' values depend on each other, to an engine that asks. What differs
 * more is in the engine's own hook.
 */
import { createHash } from "node:crypto";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/** Stored beside the version: a migration that was applied must never change. */
export function checksum(migration: Migration): string {
  return createHash("sha256").update(migration.statements.join(";\n")).digest("hex");
}
