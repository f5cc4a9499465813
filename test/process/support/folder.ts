import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder to run the service in, as an operator would: with the default settings its database is in `data/`. */
export interface Folder extends Disposable {
  readonly path: string;
  /** Where the service keeps its database unless DATABASE_URL says otherwise. */
  readonly databasePath: string;
  readonly keyPath: string;
  file(name: string): string;
}

export function createFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "organization-service-process-"));
  const databasePath = join(path, "data", "organization.db");
  return {
    path,
    databasePath,
    keyPath: `${databasePath}.key`,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
