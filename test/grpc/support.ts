/** Questions to the reflection service, in both of its versions. */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import {
  ServerReflectionRequestSchema as AlphaRequestSchema,
  ServerReflectionResponseSchema as AlphaResponseSchema,
  ServerReflection as ServerReflectionAlpha,
} from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import type { Protocol, TestServer } from "../support/server.ts";

export const reflectionVersions = ["v1", "v1alpha"] as const;
export type ReflectionVersion = (typeof reflectionVersions)[number];

export type Question = MessageInitShape<typeof ServerReflectionRequestSchema>;

/** All on one stream, without a token. The versions differ in their names only, so the answers are given as v1's. */
export async function reflect(
  server: TestServer,
  version: ReflectionVersion,
  questions: readonly Question[],
  protocol: Protocol = "grpc",
): Promise<ServerReflectionResponse[]> {
  const messages = questions.map((question) => create(ServerReflectionRequestSchema, question));
  const options = { token: undefined, protocol };
  if (version === "v1") {
    return await collect(server.client(ServerReflection, options).serverReflectionInfo(stream(messages)));
  }
  const converted = messages.map((message) =>
    fromBinary(AlphaRequestSchema, toBinary(ServerReflectionRequestSchema, message)),
  );
  const client = server.client(ServerReflectionAlpha, options);
  const answers = await collect(client.serverReflectionInfo(stream(converted)));
  return answers.map((answer) =>
    fromBinary(ServerReflectionResponseSchema, toBinary(AlphaResponseSchema, answer)),
  );
}

async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const message of messages) collected.push(message);
  return collected;
}

async function* stream<T>(messages: readonly T[]): AsyncGenerator<T> {
  yield* messages;
}
