/** Providers get the same answers, whichever database the service is on. */
import { expect, it } from "vitest";
import { adminToken, startInstance } from "../postgres/support/instances.ts";
import { ManualClock } from "../support/clock.ts";
import { postgresServer } from "../support/storage-postgres.ts";
import { temporaryFolder } from "../support/storage-sqlite.ts";
import { type Recorded, replay } from "./replay.ts";
import { readSequences } from "./sequence.ts";

const postgres = postgresServer();
const sequences = readSequences(import.meta.dirname);

async function replayAll(databaseUrl: string): Promise<readonly Recorded[]> {
  const clock = new ManualClock();
  await using instance = await startInstance(databaseUrl, clock);
  const service = { url: `http://127.0.0.1:${instance.app.port}`, operatorToken: adminToken };
  const recorded: Recorded[] = [];
  for (const sequence of sequences)
    recorded.push(...(await replay(service, sequence, () => clock.advance(1))));
  return recorded;
}

it("every recorded sequence has equal answers on SQLite and PostgreSQL, but for ids", async () => {
  await using folder = await temporaryFolder();
  const onSqlite = await replayAll(`sqlite:${folder.file("organization.db")}`);
  const onPostgres = await replayAll((await postgres.database()).url);
  expect(onPostgres).toEqual(onSqlite);
  expect(onSqlite.length).toBeGreaterThan(150);
}, 60_000);
