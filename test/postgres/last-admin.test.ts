/** S40 on two instances over one database. */
import { it } from "vitest";
import { ManualClock } from "../support/clock.ts";
import { expectAnAdminToStay } from "../support/last-admin-race.ts";
import { postgresServer } from "../support/storage-postgres.ts";
import { startInstance } from "./support/instances.ts";

const server = postgresServer();

it("of 50 admins who all stop being one at once on two instances, one stays and is told so", async () => {
  await using resources = new AsyncDisposableStack();
  const database = await server.emptyDatabase();
  const clock = new ManualClock();
  const instances = [
    resources.use(await startInstance(database.url, clock)),
    resources.use(await startInstance(database.url, clock)),
  ];
  await expectAnAdminToStay(instances, database.execute);
});
