/** S40 over the real server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { it } from "vitest";
import { startInstance } from "../postgres/support/instances.ts";
import { expectAnAdminToStay } from "../support/last-admin-race.ts";

it("of 50 admins who all stop being one at once, one stays and is told so", async () => {
  await using resources = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "last-admin-"));
  resources.defer(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "test.db");
  const instance = resources.use(await startInstance(`sqlite:${path}`));
  const database = new Database(path);
  await expectAnAdminToStay([instance], (sql, ...parameters) => database.prepare(sql).run(...parameters));
  database.close();
});
