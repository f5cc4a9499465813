/** grpc.reflection, v1 and v1alpha (the same messages), so that grpcurl-like tools work without the proto. */
import type { DescService } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import {
  ServerReflection,
  type ServerReflectionRequest,
} from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { createDescriptors, type Descriptors } from "./descriptors.ts";

export const reflectionServices: readonly DescService[] = [ServerReflection, ServerReflectionAlpha];

export function registerReflection(router: ConnectRouter, services: readonly DescService[]): void {
  const descriptors = createDescriptors([...services, ...reflectionServices]);
  router.service(ServerReflection, {
    async *serverReflectionInfo(requests) {
      for await (const originalRequest of requests) {
        const messageResponse = answer(descriptors, originalRequest.messageRequest);
        yield { validHost: originalRequest.host, originalRequest, messageResponse };
      }
    },
  });
  router.service(ServerReflectionAlpha, {
    async *serverReflectionInfo(requests) {
      for await (const originalRequest of requests) {
        const messageResponse = answer(descriptors, originalRequest.messageRequest);
        yield { validHost: originalRequest.host, originalRequest, messageResponse };
      }
    },
  });
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
