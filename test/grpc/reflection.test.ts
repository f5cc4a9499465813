import {
  create,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
} from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ServerReflection,
  type ServerReflectionResponse,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { parseJson, pathOf } from "../server/support/calls.ts";
import { openWire } from "../server/support/wire.ts";
import { protocols, startTestServer, type TestServer } from "../support/server.ts";
import { type Question, reflect, reflectionVersions } from "./support.ts";

const serviceNames = [
  "gitpod.v1.EventService",
  "gitpod.v1.GroupService",
  "gitpod.v1.IdentityService",
  "gitpod.v1.OrganizationService",
  "gitpod.v1.UserService",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const bySymbol = (value: string): Question => ({ messageRequest: { case: "fileContainingSymbol", value } });
const byFile = (value: string): Question => ({ messageRequest: { case: "fileByFilename", value } });
const byExtension = (containingType: string, extensionNumber: number): Question => ({
  messageRequest: { case: "fileContainingExtension", value: { containingType, extensionNumber } },
});
const extensionsOf = (value: string): Question => ({
  messageRequest: { case: "allExtensionNumbersOfType", value },
});
const listServices: Question = { messageRequest: { case: "listServices", value: "" } };

describe.each(reflectionVersions)("reflection %s", (version) => {
  const ask = async (...questions: readonly Question[]) =>
    (await reflect(server, version, questions)).map((response) => response.messageResponse);

  test.each(protocols)("lists every service without a token, by %s", async (protocol) => {
    const [answer] = await reflect(server, version, [listServices], protocol);

    expect(serviceNamesIn(answer)).toEqual(serviceNames);
  });

  test.each([
    ["a service", "gitpod.v1.OrganizationService", "gitpod/v1/organization.proto"],
    ["a method", "gitpod.v1.OrganizationService.GetOrganization", "gitpod/v1/organization.proto"],
    ["a message", "gitpod.v1.Organization", "gitpod/v1/organization.proto"],
    ["a message in a message", "gitpod.v1.ListMembersRequest.Filter", "gitpod/v1/organization.proto"],
    ["a field", "gitpod.v1.Organization.name", "gitpod/v1/organization.proto"],
    ["a oneof", "gitpod.v1.JoinOrganizationRequest.join_id", "gitpod/v1/organization.proto"],
    ["an enum", "gitpod.v1.Principal", "gitpod/v1/identity.proto"],
    ["an enum's value", "gitpod.v1.PRINCIPAL_USER", "gitpod/v1/identity.proto"],
    [
      "an enum in a message",
      "grpc.health.v1.HealthCheckResponse.ServingStatus",
      "grpc/health/v1/health.proto",
    ],
    [
      "the value of an enum in a message",
      "grpc.health.v1.HealthCheckResponse.SERVING",
      "grpc/health/v1/health.proto",
    ],
    ["an extension", "buf.validate.field", "buf/validate/validate.proto"],
    ["what only another file imports", "google.protobuf.Timestamp", "google/protobuf/timestamp.proto"],
    ["itself", `grpc.reflection.${version}.ServerReflection`, `grpc/reflection/${version}/reflection.proto`],
  ])("finds the file of %s", async (_kind, symbol, file) => {
    const [answer] = await ask(bySymbol(symbol));

    // The one asked for is first; what it imports follows.
    expect(fileNamesIn(answer)[0]).toBe(file);
    expect(() => linkedFiles(answer)).not.toThrow();
  });

  test("finds a file by an extension in it, and the numbers of a type's extensions", async () => {
    const [file, numbers, none] = await ask(
      byExtension("google.protobuf.FieldOptions", 1159),
      extensionsOf("google.protobuf.FieldOptions"),
      extensionsOf("gitpod.v1.Organization"),
    );

    expect(fileNamesIn(file)[0]).toBe("buf/validate/validate.proto");
    expect(numbers).toMatchObject({
      case: "allExtensionNumbersResponse",
      value: {
        baseTypeName: "google.protobuf.FieldOptions",
        extensionNumber: expect.arrayContaining([1159]),
      },
    });
    expect(none).toMatchObject({ case: "allExtensionNumbersResponse", value: { extensionNumber: [] } });
  });

  test.each<[string, Question]>([
    ["symbol", bySymbol("gitpod.v1.Nothing")],
    ["symbol of that case", bySymbol("gitpod.v1.organization")],
    ["symbol with a dot in front", bySymbol(".gitpod.v1.Organization")],
    ["package, which is no symbol", bySymbol("gitpod.v1")],
    ["symbol of no name", bySymbol("")],
    ["symbol that every object inherits", bySymbol("constructor")],
    ["file", byFile("gitpod/v1/nothing.proto")],
    ["file outside of those served", byFile("../../etc/passwd")],
    ["extension of that number", byExtension("google.protobuf.FieldOptions", 1)],
    ["extension of that type", byExtension("gitpod.v1.Nothing", 1159)],
    ["type with extensions", extensionsOf("gitpod.v1.Nothing")],
  ])("answers that there is no such %s, and goes on", async (_kind, question) => {
    const [refused, next] = await ask(question, listServices);

    expect(refused).toMatchObject({ case: "errorResponse", value: { errorCode: Code.NotFound } });
    expect(next).toMatchObject({ case: "listServicesResponse" });
  });

  test("answers that a request asks for nothing, and goes on", async () => {
    const [refused, next] = await ask({}, listServices);

    expect(refused).toMatchObject({ case: "errorResponse", value: { errorCode: Code.InvalidArgument } });
    expect(next).toMatchObject({ case: "listServicesResponse" });
  });

  test("answers each request of a stream in its order, with the request itself", async () => {
    const questions = serviceNames.map((name): Question => ({ host: name, ...bySymbol(name) }));

    const answers = await reflect(server, version, questions);

    expect(answers.map((answer) => answer.validHost)).toEqual(serviceNames);
    expect(answers.map((answer) => answer.originalRequest?.messageRequest.value)).toEqual(serviceNames);
  });

  test("tells files that parse, link, and hold every symbol that it finds them by", async () => {
    const registry = await everything(ask);

    const types = [...registry];
    expect(types.map(({ typeName }) => typeName)).toEqual(expect.arrayContaining(serviceNames));
    const answers = await ask(...types.map(({ typeName }) => bySymbol(typeName)));

    for (const [index, { typeName, file }] of types.entries()) {
      expect(fileNamesIn(answers[index])[0], typeName).toBe(`${file.name}.proto`);
    }
  });

  test("tells options and rules with the files, so that tools may show them", async () => {
    const registry = await everything(ask);

    const message = registry.getMessage("gitpod.v1.GetOrganizationRequest");
    expect(optionsOfFirstField(message)).toBeDefined();
  });

  test("over HTTP/1.1 says that it needs HTTP/2, and closes", async () => {
    using wire = openWire(server.url, "1.1");
    const path = pathOf(ServerReflection.method.serverReflectionInfo).replace(".v1.", `.${version}.`);

    const answer = await wire.ask({ path, headers: { "content-type": "application/connect+json" } });

    expect(answer).toMatchObject({ status: 505, headers: { connection: "close" } });
    expect(parseJson(answer.body)).toMatchObject({
      code: "unimplemented",
      message: expect.stringContaining("HTTP/2"),
    });
  });

  test.each(protocols)("is unimplemented when it is switched off, by %s", async (protocol) => {
    await using silent = await startTestServer({ REFLECTION: "off" });

    await expect(reflect(silent, version, [listServices], protocol)).rejects.toMatchObject({
      code: Code.Unimplemented,
    });
  });
});

type Answer = ServerReflectionResponse["messageResponse"] | undefined;

function filesIn(answer: Answer) {
  if (answer?.case !== "fileDescriptorResponse") throw new Error(`no files: ${answer?.case}`);
  return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
}

function fileNamesIn(answer: Answer): string[] {
  return filesIn(answer).map(({ name }) => name);
}

/** Throws when a file does not parse, or refers to what none of the answer's files has. */
function linkedFiles(answer: Answer): FileRegistry {
  const files = new Map(filesIn(answer).map((file) => [file.name, file]));
  return createFileRegistry(create(FileDescriptorSetSchema, { file: inOrderOfImport(files) }));
}

/** Each file after all that it imports. */
function inOrderOfImport(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const add = (file: FileDescriptorProto): void => {
    for (const name of file.dependency) {
      const imported = files.get(name);
      if (imported === undefined) throw new Error(`${file.name} imports ${name}, which was not sent`);
      if (!ordered.has(imported)) add(imported);
    }
    ordered.add(file);
  };
  for (const file of files.values()) add(file);
  return [...ordered];
}

function serviceNamesIn(response: ServerReflectionResponse | undefined): string[] {
  const answer = response?.messageResponse;
  if (answer?.case !== "listServicesResponse") throw new Error(`no list: ${answer?.case}`);
  return answer.value.service.map(({ name }) => name).sort();
}

/** The types of all services' files, each file once. */
async function everything(ask: (...questions: Question[]) => Promise<Answer[]>): Promise<FileRegistry> {
  const answers = await ask(...serviceNames.map(bySymbol));
  const files = new Map(answers.flatMap(filesIn).map((file) => [file.name, file]));
  const again = await ask(...[...files.keys()].map(byFile));
  return createFileRegistry(...again.map(linkedFiles));
}

function optionsOfFirstField(message: DescMessage | undefined) {
  return message?.fields[0]?.proto.options;
}

test("a stream that a client keeps open does not hold up a stop", async () => {
  await using server = await startTestServer({ SHUTDOWN_GRACE_MS: "60000" });
  const { promise: never } = Promise.withResolvers<void>();
  async function* questions() {
    yield { messageRequest: { case: "listServices" as const, value: "" } };
    await never;
  }
  const client = server.client(ServerReflection, { token: undefined, protocol: "grpc" });
  const answers = client.serverReflectionInfo(questions())[Symbol.asyncIterator]();
  expect((await answers.next()).value?.messageResponse.case).toBe("listServicesResponse");

  const stopped = server.app.close();

  await expect(answers.next()).resolves.toMatchObject({ done: true });
  await expect(stopped).resolves.toEqual({ forced: false });
});
