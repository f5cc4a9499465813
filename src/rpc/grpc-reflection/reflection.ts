/** grpc.reflection, v1 and v1alpha (the same messages), so that grpcurl-like tools work without the proto. */
import type { DescService } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import {
  ServerReflection,
  type ServerReflectionRequest,
} from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import type { ServingState } from "../serving.ts";
import { createDescriptors, type Descriptors } from "./descriptors.ts";

export const reflectionServices: readonly DescService[] = [ServerReflection, ServerReflectionAlpha];

export function registerReflection(
  router: ConnectRouter,
  services: readonly DescService[],
  serving: ServingState,
): void {
  const descriptors = createDescriptors([...services, ...reflectionServices]);
  router.service(ServerReflection, {
    async *serverReflectionInfo(requests, { signal }) {
      for await (const originalRequest of until(serving.stopOr(signal), requests)) {
        const messageResponse = answer(descriptors, originalRequest.messageRequest);
        yield { validHost: originalRequest.host, originalRequest, messageResponse };
      }
    },
  });
  router.service(ServerReflectionAlpha, {
    async *serverReflectionInfo(requests, { signal }) {
      for await (const originalRequest of until(serving.stopOr(signal), requests)) {
        const messageResponse = answer(descriptors, originalRequest.messageRequest);
        yield { validHost: originalRequest.host, originalRequest, messageResponse };
      }
    },
  });
}

/** The messages until `end`: a client that keeps its stream open must not hold up the stop of the process. */
async function* until<T>(end: Promise<void>, messages: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = messages[Symbol.asyncIterator]();
  const ended = end.then(() => ({ done: true as const, value: undefined }));
  for (;;) {
    const next = await Promise.race([iterator.next(), ended]);
    if (next.done) return;
    yield next.value;
  }
}

/** Structurally the same in both versions, unlike their messages with a type name. */
type Question =
  | Exclude<ServerReflectionRequest["messageRequest"], { readonly case: "fileContainingExtension" }>
  | {
      readonly case: "fileContainingExtension";
      readonly value: { readonly containingType: string; readonly extensionNumber: number };
    };

function answer(descriptors: Descriptors, question: Question) {
  switch (question.case) {
    case "listServices":
      return {
        case: "listServicesResponse" as const,
        value: { service: descriptors.services.map((name) => ({ name })) },
      };
    case "fileByFilename":
      return toFiles(descriptors.fileByName(question.value));
    case "fileContainingSymbol":
      return toFiles(descriptors.fileBySymbol(question.value));
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      return toFiles(descriptors.fileByExtension(containingType, extensionNumber));
    }
    case "allExtensionNumbersOfType": {
      const numbers = descriptors.extensionNumbers(question.value);
      if (numbers === undefined) return notFound();
      return {
        case: "allExtensionNumbersResponse" as const,
        value: { baseTypeName: question.value, extensionNumber: [...numbers] },
      };
    }
    case undefined:
      return problem(Code.InvalidArgument, "the request asks for nothing");
  }
}

function toFiles(files: readonly Uint8Array[] | undefined) {
  if (files === undefined) return notFound();
  return { case: "fileDescriptorResponse" as const, value: { fileDescriptorProto: [...files] } };
}

function notFound() {
  return problem(Code.NotFound, "not known here");
}

function problem(errorCode: Code, errorMessage: string) {
  return { case: "errorResponse" as const, value: { errorCode, errorMessage } };
}
