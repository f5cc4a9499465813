/** One instance of the service as it is shipped, alone in its process, on the database that it is told. */
import { randomBytes } from "node:crypto";
import { toLocation } from "../../src/app.ts";
import { systemClock } from "../../src/base/clock.ts";
import { openStorage } from "../../src/storage/open.ts";
import { serveParent } from "../processes/child.ts";
import { numberOf, textOf } from "../processes/fields.ts";
import { usageOf } from "../processes/usage.ts";
import { configOf, type Service, startService } from "./service.ts";

const count = { requests: 0 };
/** Nothing is served without one on PostgreSQL. The one that is used is in service.ts. */
const requiredKey = randomBytes(32).toString("hex");
let service: Service | undefined;

serveParent(
  {
    async open(argument) {
      const databaseUrl = textOf(argument, "databaseUrl");
      const { database } = configOf({ DATABASE_URL: databaseUrl, ENCRYPTION_KEY: requiredKey });
      const storage = await openStorage(toLocation(database), systemClock, "server");
      service = await startService(storage, count, numberOf(argument, "organizations"));
      return service.site;
    },
    usage: async () => usageOf(count),
  },
  async () => {
    await service?.close();
  },
);
