import { toLocation } from "../app.ts";
import { schemaVersion } from "../storage/migrations/all.ts";
import { describeLocation } from "../storage/open.ts";
import { readConfig, withInstallation } from "./installation.ts";
import type { Io } from "./io.ts";

export async function migrate(io: Io): Promise<void> {
  const config = readConfig(io);
  await withInstallation(io, config, "created", async () => {
    io.out(`${describeLocation(toLocation(config.database))} is at schema ${schemaVersion}`);
  });
}
