/**
 * The process under test. It serves three sites, each on a port and a database file of its own: `service` with the
 * storage as it is shipped, `grouped` and `single` with the benchmark's (see committing-storage.ts).
 */
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { openStorage } from "../../src/storage/open.ts";
import { serveParent } from "../processes/child.ts";
import { type Fields, numberOf, textOf } from "../processes/fields.ts";
import { usageOf } from "../processes/usage.ts";
import { openCommittingStorage } from "./committing-storage.ts";
import { type Service, startService } from "./service.ts";
import { loadStorage } from "./storage-load.ts";

const count = { requests: 0 };
const delay = { ms: 0 };
const services = new Map<string, Service>();

async function open(folder: string): Promise<object> {
  const path = (site: string): string => join(folder, `${site}.db`);
  const shipped = await openStorage({ kind: "sqlite", path: path("service") }, systemClock, "server");
  services.set("service", await startService(shipped, count));
  for (const mode of ["grouped", "single"] as const) {
    services.set(mode, await startService(await openCommittingStorage(path(mode), mode, delay), count));
  }
  return Object.fromEntries([...services].map(([name, { site }]) => [name, site]));
}

function serviceOf(argument: Fields): Service {
  const service = services.get(textOf(argument, "site"));
  if (service === undefined) throw new Error("no such site");
  return service;
}

serveParent(
  {
    open: (argument) => open(textOf(argument, "folder")),
    usage: async () => usageOf(count),
    async delay(argument) {
      delay.ms = numberOf(argument, "ms");
      return {};
    },
    async storage(argument) {
      const [callers, seconds] = [numberOf(argument, "callers"), numberOf(argument, "seconds")];
      return { perSecond: await loadStorage(serviceOf(argument), callers, seconds) };
    },
  },
  async () => {
    await Promise.all([...services.values()].map((service) => service.close()));
  },
);
