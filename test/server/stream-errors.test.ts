import {
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type ServiceImpl,
} from "@connectrpc/connect";
import { expect, test } from "vitest";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { DomainError } from "../../src/domain/errors.ts";
import { callKey, createCallState } from "../../src/rpc/call.ts";
import { correctInputErrors } from "../../src/rpc/input-errors.ts";
import { createErrorsInterceptor } from "../../src/rpc/interceptors/errors.ts";
import { parsedInterceptor } from "../../src/rpc/interceptors/parsed.ts";
import { createCollectingLogger } from "../observability/collecting-logger.ts";

/** No stream of this version fails on its own, so these have handlers that do, behind the service's interceptors. */
function serve(implementation: Partial<ServiceImpl<typeof Health>>) {
  const { logger, entries } = createCollectingLogger();
  const transport = createRouterTransport(({ service }) => void service(Health, implementation), {
    router: {
      interceptors: [parsedInterceptor, createErrorsInterceptor(logger)],
      requestGate: async (context) => {
        context.values.set(callKey, createCallState("request-1", "127.0.0.1"));
        correctInputErrors(context);
      },
    },
  });
  return { client: createClient(Health, transport), entries };
}

async function errorOf(stream: AsyncIterable<unknown>): Promise<ConnectError> {
  try {
    for await (const _message of stream);
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new Error("no error");
}

test("a defect in a stream is logged once, and told as internal without its text", async () => {
  const { client, entries } = serve({
    async *watch() {
      yield {};
      throw new Error("SQLITE_MISUSE: near SELECT");
    },
  });

  const error = await errorOf(client.watch({}));

  expect(error).toMatchObject({ code: Code.Internal, rawMessage: "internal error, request request-1" });
  expect(entries()).toMatchObject([
    { level: "error", requestId: "request-1", err: { message: "SQLITE_MISUSE: near SELECT" } },
  ]);
});

test("a refusal by the domain in a stream has its own code and text", async () => {
  const { client, entries } = serve({
    async *watch() {
      yield {};
      throw new DomainError("not_found", "organization not found");
    },
  });

  const error = await errorOf(client.watch({}));

  expect(error).toMatchObject({ code: Code.NotFound, rawMessage: "organization not found" });
  expect(entries()).toEqual([]);
});

test("what a handler throws at the end of its call is no defect", async () => {
  const { client, entries } = serve({
    async *watch(_request, { signal }) {
      yield {};
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      throw new Error("cut off in the middle of something");
    },
  });

  await errorOf(client.watch({}, { timeoutMs: 20 }));

  expect(entries()).toEqual([]);
});

test("a bad message in the middle of a stream is the client's fault", async () => {
  const { logger, entries } = createCollectingLogger();
  const transport = createRouterTransport(
    ({ service }) =>
      void service(ServerReflection, {
        async *serverReflectionInfo(requests) {
          for await (const { host } of requests) yield { validHost: host };
        },
      }),
    {
      router: {
        interceptors: [parsedInterceptor, createErrorsInterceptor(logger)],
        readMaxBytes: 10,
        requestGate: async (context) => {
          context.values.set(callKey, createCallState("request-1", "127.0.0.1"));
          correctInputErrors(context);
        },
      },
    },
  );
  async function* requests() {
    yield { host: "good" };
    yield { host: "longer than ten bytes" };
  }

  const error = await errorOf(createClient(ServerReflection, transport).serverReflectionInfo(requests()));

  expect(error).toMatchObject({ code: Code.ResourceExhausted });
  expect(entries()).toEqual([]);
});
