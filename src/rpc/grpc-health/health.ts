/** grpc.health.v1.Health: no library serves it on Connect. */
import type { DescService, MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import {
  Health,
  type HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as Status,
} from "../../../gen/grpc/health/v1/health_pb.ts";
import type { ServingState } from "../serving.ts";

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
    const isKnown = known.has(service);
    // For an unknown service the protocol keeps the stream open too: it might appear. Here it will not before a new
    // process.
    yield isKnown ? current() : { status: Status.SERVICE_UNKNOWN };
    await state.stopOr(signal);
    // At the deadline, its error: an end without one would say that there is nothing more to watch.
    signal.throwIfAborted();
    if (isKnown) yield current();
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
