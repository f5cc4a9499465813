import { schemaVersion } from "../storage/migrations/all.ts";
import { readConfig, withInstallation } from "./installation.ts";
import type { Io } from "./io.ts";

export async function migrate(io: Io): Promise<void> {
  const config = readConfig(io);
  await withInstallation(config, "created", async () => {
    io.out(`${config.database.path} is at schema ${schemaVersion}`);
  });
}
