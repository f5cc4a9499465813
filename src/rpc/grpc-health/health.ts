/** grpc.health.v1.Health: no library serves it on Connect. */
import type { DescService, MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import {
  Health,
  type HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as Status,
} from "../../../gen/grpc/health/v1/health_pb.ts";

/** Whether the process takes requests. It stops to, once, before it ends. */
export interface ServingState {
  isServing(): boolean;
  /** Resolves when serving has stopped. */
  readonly stopped: Promise<void>;
}

type Response = MessageInitShape<typeof HealthCheckResponseSchema>;

export function registerHealth(
  router: ConnectRouter,
  services: readonly DescService[],
  state: ServingState,
): void {
  // "" asks for the server as a whole.
  const known = new Set(["", ...services.map(({ typeName }) => typeName)]);
  const current = (): Response => ({ status: state.isServing() ? Status.SERVING : Status.NOT_SERVING });

  async function* watch(service: string, signal: AbortSignal): AsyncGenerator<Response> {
    if (!known.has(service)) {
      // The protocol keeps the stream open: the service might appear. Here it will not before a new process.
      yield { status: Status.SERVICE_UNKNOWN };
      await Promise.race([state.stopped, aborted(signal)]);
      return;
    }
    yield current();
    await Promise.race([state.stopped, aborted(signal)]);
    if (!signal.aborted) yield current();
  }

  router.service(Health, {
    check: ({ service }) => {
      if (known.has(service)) return current();
      throw new ConnectError("unknown service", Code.NotFound);
    },
    list: () => ({ statuses: Object.fromEntries([...known].map((name) => [name, current()])) }),
    watch: ({ service }, { signal }) => watch(service, signal),
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
