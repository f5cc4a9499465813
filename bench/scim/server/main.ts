/** The service as it is shipped, in a process that does nothing else, on a directory that keeps its size and on one that grows. */
import { systemClock } from "../../../src/base/clock.ts";
import { openStorage } from "../../../src/storage/open.ts";
import { serveParent } from "../../processes/child.ts";
import { textOf } from "../../processes/fields.ts";
import { usageOf } from "../../processes/usage.ts";
import { openContext, type Served, serve } from "../../server/service.ts";
import { type DatabaseName, pathOf } from "../files.ts";

const count = { requests: 0 };
const served: Served[] = [];

async function open(folder: string, name: DatabaseName): Promise<number> {
  const storage = await openStorage({ kind: "sqlite", path: pathOf(folder, name) }, systemClock, "server");
  const one = await serve(await openContext(storage), count);
  served.push(one);
  return one.port;
}

serveParent(
  {
    async open(argument) {
      const folder = textOf(argument, "folder");
      return { steady: await open(folder, "service"), growing: await open(folder, "service-growing") };
    },
    usage: async () => usageOf(count),
  },
  async () => {
    await Promise.all(served.map((one) => one.close()));
  },
);
