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

  const stopOrEnd = createStopWaiter(state);

  async function* watch(service: string, signal: AbortSignal): AsyncGenerator<Response> {
    const isKnown = known.has(service);
    // For an unknown service the protocol keeps the stream open too: it might appear. Here it will not before a new
    // process.
    yield isKnown ? current() : { status: Status.SERVICE_UNKNOWN };
    await stopOrEnd(signal);
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

/**
 * Makes a wait for the stop or for the end of a call, whichever is first. Not `Promise.race` with `stopped`, which
 * would keep something of every call for as long as the process serves.
 */
function createStopWaiter(state: ServingState): (signal: AbortSignal) => Promise<void> {
  const waiting = new Set<() => void>();
  void state.stopped.then(() => {
    for (const wake of waiting) wake();
  });
  return (signal) => {
    if (!state.isServing() || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  };
}
