/** The service answers the same bytes, whichever database it is on. */
import { expect, it } from "vitest";
import { ManualClock } from "../support/clock.ts";
import { postgresServer } from "../support/storage-postgres.ts";
import { temporaryFolder } from "../support/storage-sqlite.ts";
import { startInstance } from "./support/instances.ts";
import { type Recorded, runSession } from "./support/session.ts";

const server = postgresServer();

async function sessionOn(databaseUrl: string): Promise<readonly Recorded[]> {
  const clock = new ManualClock();
  await using instance = await startInstance(databaseUrl, clock);
  return await runSession(instance, clock);
}

it("one session of creations, changes, pages and refusals has equal bodies and statuses on SQLite and PostgreSQL", async () => {
  await using folder = await temporaryFolder();
  const onSqlite = await sessionOn(`sqlite:${folder.file("organization.db")}`);
  const onPostgres = await sessionOn((await server.database()).url);
  expect(onPostgres).toEqual(onSqlite);
  const statuses = new Set(onSqlite.map(({ status }) => status));
  // A session that is refused throughout would prove nothing.
  expect(onSqlite.filter(({ status }) => status === 200).length).toBeGreaterThan(200);
  expect([...statuses].toSorted((a, b) => a - b)).toEqual([200, 400, 401, 403, 404, 409]);
  expect(onSqlite.filter(({ body }) => body.includes("internal"))).toEqual([]);
});
