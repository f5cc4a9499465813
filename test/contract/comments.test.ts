// Comments are part of the API: reference pages and editors show them.
import { fromBinary, isFieldSet } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorSetSchema,
  type ServiceDescriptorProto,
} from "@bufbuild/protobuf/wkt";
import { expect, it } from "vitest";
import { runBuf } from "./buf.ts";

/** A declaration's name, and the path under which source code info keeps its comments. */
type Declaration = { name: string; path: readonly number[] };

// Field numbers of descriptor.proto, which such a path is made of.
const FILE = { message: 4, enum: 5, service: 6 } as const;
const MESSAGE = { field: 2, nested: 3, enum: 4, oneof: 8 } as const;
const ENUM_VALUE = 2;
const METHOD = 2;

it("every declaration of ours has a comment", async () => {
  const { code, stdout } = await runBuf(
    "build",
    "proto",
    "--as-file-descriptor-set",
    "--exclude-imports",
    "-o",
    "-",
  );
  expect(code).toBe(0);
  const files = fromBinary(FileDescriptorSetSchema, stdout).file;
  expect(files.flatMap(declarations).length).toBeGreaterThan(500);
  expect(files.flatMap(uncommented)).toEqual([]);
});

function uncommented(file: FileDescriptorProto): string[] {
  const commented = new Set(
    file.sourceCodeInfo?.location
      .filter((location) => location.leadingComments.trim() !== "")
      .map((location) => location.path.join(".")),
  );
  return declarations(file)
    .filter(({ path }) => !commented.has(path.join(".")))
    .map(({ name }) => `${file.name}: ${name}`);
}

function declarations(file: FileDescriptorProto): Declaration[] {
  return [
    ...file.messageType.flatMap((message, i) => inMessage(message, [FILE.message, i])),
    ...file.enumType.flatMap((desc, i) => inEnum(desc, [FILE.enum, i])),
    ...file.service.flatMap((service, i) => inService(service, [FILE.service, i])),
  ];
}

function inMessage(message: DescriptorProto, path: readonly number[]): Declaration[] {
  // A map field makes a message, and a proto3 optional one a oneof, that nobody wrote.
  if (message.options?.mapEntry) return [];
  const oneofs = message.oneofDecl.map(({ name }, i) => ({ name, path: [...path, MESSAGE.oneof, i], i }));
  return [
    { name: message.name, path },
    ...message.field.map(({ name }, i) => ({
      name: `${message.name}.${name}`,
      path: [...path, MESSAGE.field, i],
    })),
    ...oneofs.filter(({ i }) => message.field.some((field) => isWrittenIn(i, field))),
    ...message.nestedType.flatMap((nested, i) => inMessage(nested, [...path, MESSAGE.nested, i])),
    ...message.enumType.flatMap((desc, i) => inEnum(desc, [...path, MESSAGE.enum, i])),
  ];
}

function isWrittenIn(oneof: number, field: FieldDescriptorProto): boolean {
  const isMember =
    isFieldSet(field, FieldDescriptorProtoSchema.field.oneofIndex) && field.oneofIndex === oneof;
  return isMember && !field.proto3Optional;
}

function inEnum({ name, value }: EnumDescriptorProto, path: readonly number[]): Declaration[] {
  return [{ name, path }, ...value.map((each, i) => ({ name: each.name, path: [...path, ENUM_VALUE, i] }))];
}

function inService({ name, method }: ServiceDescriptorProto, path: readonly number[]): Declaration[] {
  return [
    { name, path },
    ...method.map((each, i) => ({ name: `${name}.${each.name}`, path: [...path, METHOD, i] })),
  ];
}
