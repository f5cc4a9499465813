/** Creates configurations at the repository, without HTTP, RPC and authentication: what the commit alone makes of it. */
import { randomBytes } from "node:crypto";
import type { EventId, ScimConfigurationId } from "../../src/base/ids.ts";
import type { Service } from "./service.ts";

/** Operations per second that `callers` get through, each waiting for its last one before the next. */
export async function loadStorage(service: Service, callers: number, seconds: number): Promise<number> {
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  let operations = 0;

  async function caller(): Promise<void> {
    while (performance.now() < endMs) {
      await createConfiguration(service);
      operations += 1;
    }
  }

  await Promise.all(Array.from({ length: callers }, caller));
  return operations / ((performance.now() - startMs) / 1000);
}

async function createConfiguration({ context, seed }: Service): Promise<void> {
  const { configuration } = seed;
  const id = context.ids.next<ScimConfigurationId>();
  await context.storage.scimConfigurations.create(
    configuration.organizationId,
    { ...configuration, id },
    randomBytes(32),
    {
      eventId: context.ids.next<EventId>(),
      actorId: configuration.organizationId,
      actorPrincipal: "operator",
      requestId: "benchmark",
      atMs: context.clock.nowMs(),
    },
  );
}
