// Writes third_party/ anew from the installed npm packages, and from nothing else: `node scripts/vendor-protos.ts [folder]`.
//
// No npm package ships buf/validate/validate.proto as source, only compiled inside @bufbuild/protovalidate. It is printed
// from that descriptor, and what buf makes of the print has to equal the descriptor, or nothing is written.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createRegistry,
  type DescFile,
  equals,
  fromBinary,
  getExtension,
  hasExtension,
  isFieldSet,
} from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_TypeSchema,
  FieldDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import {
  file_buf_validate_validate,
  predefined,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

const root = resolve(import.meta.dirname, "..");
const modules = join(root, "node_modules");

/** A file of a package, and where it goes in third_party/. The first folder there is a buf module. */
type Copied = { pkg: string; from: string; to: string };

const copied: readonly Copied[] = [
  {
    pkg: "grpc-health-check",
    from: "proto/health/v1/health.proto",
    to: "grpc/grpc/health/v1/health.proto",
  },
  {
    pkg: "@grpc/reflection",
    from: "build/proto/grpc/reflection/v1/reflection.proto",
    to: "grpc/grpc/reflection/v1/reflection.proto",
  },
  {
    pkg: "@grpc/reflection",
    from: "build/proto/grpc/reflection/v1alpha/reflection.proto",
    to: "grpc/grpc/reflection/v1alpha/reflection.proto",
  },
  {
    pkg: "google-proto-files",
    from: "google/rpc/status.proto",
    to: "googleapis/google/rpc/status.proto",
  },
  {
    pkg: "google-proto-files",
    from: "google/rpc/error_details.proto",
    to: "googleapis/google/rpc/error_details.proto",
  },
];

const printed = { pkg: "@bufbuild/protovalidate", to: "protovalidate/buf/validate/validate.proto" };

function main(destination: string): void {
  const staging = mkdtempSync(join(tmpdir(), "vendor-protos-"));
  try {
    for (const { pkg, from, to } of copied) {
      write(join(staging, to), readFileSync(join(modules, pkg, from), "utf8"));
    }
    write(join(staging, printed.to), printFile(file_buf_validate_validate.proto, licenseNotice()));
    write(join(staging, "LICENSE"), readFileSync(join(modules, "grpc-health-check", "LICENSE"), "utf8"));
    write(join(staging, "README.md"), readme());
    buf("format", "--write", staging);
    verifyRebuilds(join(staging, "protovalidate"), file_buf_validate_validate);
    rmSync(destination, { recursive: true, force: true });
    cpSync(staging, destination, { recursive: true });
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function buf(...args: string[]): Buffer {
  return execFileSync(process.execPath, [join(modules, "@bufbuild/buf/bin/buf"), ...args], {
    cwd: root,
    maxBuffer: 64 << 20,
  });
}

/** Throws unless buf, reading the module in that folder, arrives at the file's own descriptor. */
function verifyRebuilds(folder: string, original: DescFile): void {
  const built = buf(
    "build",
    folder,
    "--as-file-descriptor-set",
    "--exclude-imports",
    "--exclude-source-info",
    "--output",
    "-",
  );
  const [rebuilt, ...others] = fromBinary(FileDescriptorSetSchema, built).file;
  const registry = createRegistry(original, ...original.dependencies);
  const same =
    rebuilt !== undefined &&
    others.length === 0 &&
    equals(FileDescriptorProtoSchema, rebuilt, original.proto, { registry, extensions: true, unknown: true });
  if (!same) {
    throw new Error(`${original.proto.name}: the printed file does not rebuild to the embedded descriptor`);
  }
}

/** The copyright lines at the top of the package's generated code, which the print inherits. */
function licenseNotice(): string {
  const path = fileURLToPath(import.meta.resolve("@bufbuild/protovalidate/gen/buf/validate/validate_pb.js"));
  const lines = readFileSync(path, "utf8").split("\n");
  const notice = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith("//")),
  );
  if (!notice.some((line) => line.includes("Copyright"))) {
    throw new Error(`no copyright notice at the top of ${path}`);
  }
  return notice.join("\n");
}

// The printer knows what validate.proto uses of proto2. What it does not know it leaves out, and verifyRebuilds sees that.

function printFile(file: FileDescriptorProto, notice: string): string {
  const { options } = file;
  return [
    notice,
    `\n// Printed from the descriptor inside the npm package ${printed.pkg} by scripts/vendor-protos.ts, without comments.`,
    `\nsyntax = "proto2";`,
    `\npackage ${file.package};\n`,
    ...file.dependency.map((path) => `import ${quote(path)};`),
    "",
    `option go_package = ${quote(options?.goPackage ?? "")};`,
    `option java_multiple_files = ${options?.javaMultipleFiles ?? false};`,
    `option java_outer_classname = ${quote(options?.javaOuterClassname ?? "")};`,
    `option java_package = ${quote(options?.javaPackage ?? "")};`,
    "",
    ...file.extension.map((ext) => block(`extend ${relative(ext.extendee, file)}`, [printField(ext, file)])),
    ...file.messageType.map((message) => printMessage(message, file)),
    ...file.enumType.map(printEnum),
    "",
  ].join("\n");
}

function printMessage(message: DescriptorProto, file: FileDescriptorProto): string {
  const seen = new Set<number>();
  const fields = message.field.map((field) => {
    const oneof = oneofIndex(field);
    if (oneof === undefined) return printField(field, file);
    if (seen.has(oneof)) return "";
    seen.add(oneof);
    const members = message.field.filter((other) => oneofIndex(other) === oneof);
    return block(
      `oneof ${message.oneofDecl[oneof]?.name}`,
      members.map((member) => printField(member, file)),
    );
  });
  return block(`message ${message.name}`, [
    ...fields,
    ...message.extensionRange.map(
      ({ start, end }) => `extensions ${range(start, end - 1, FIELD_NUMBER_MAX)};`,
    ),
    ...message.reservedRange.map(({ start, end }) => `reserved ${range(start, end - 1, FIELD_NUMBER_MAX)};`),
    ...message.reservedName.map((name) => `reserved ${quote(name)};`),
  ]);
}

function printEnum(desc: EnumDescriptorProto): string {
  return block(`enum ${desc.name}`, [
    ...desc.value.map(({ name, number }) => `${name} = ${number};`),
    ...desc.reservedRange.map(({ start, end }) => `reserved ${range(start, end, ENUM_NUMBER_MAX)};`),
    ...desc.reservedName.map((name) => `reserved ${quote(name)};`),
  ]);
}

const FIELD_NUMBER_MAX = 2 ** 29 - 1;
const ENUM_NUMBER_MAX = 2 ** 31 - 1;

function range(first: number, last: number, max: number): string {
  if (first === last) return String(first);
  return `${first} to ${last === max ? "max" : last}`;
}

function printField(field: FieldDescriptorProto, file: FileDescriptorProto): string {
  const declaration = `${label(field)}${fieldType(field, file)} ${field.name} = ${field.number}`;
  return `${declaration}${printOptions(field)};`;
}

function label(field: FieldDescriptorProto): string {
  if (field.label === FieldDescriptorProto_Label.REPEATED) return "repeated ";
  return oneofIndex(field) === undefined ? "optional " : "";
}

/** The one option that validate.proto puts on its fields: the CEL expressions that stand for the rule. */
function printOptions({ options }: FieldDescriptorProto): string {
  if (options === undefined || !hasExtension(options, predefined)) return "";
  const rules = getExtension(options, predefined).cel.map((rule) => {
    const parts = [
      `id: ${quote(rule.id)}`,
      ...(rule.message === "" ? [] : [`message: ${quote(rule.message)}`]),
      `expression: ${quote(rule.expression)}`,
    ];
    return `(predefined).cel = {${parts.join(" ")}}`;
  });
  return ` [${rules.join(", ")}]`;
}

function fieldType(field: FieldDescriptorProto, file: FileDescriptorProto): string {
  if (field.typeName !== "") return relative(field.typeName, file);
  const scalar = FieldDescriptorProto_TypeSchema.value[field.type];
  if (scalar === undefined) throw new Error(`${field.name}: unknown type ${field.type}`);
  return scalar.name.replace("TYPE_", "").toLowerCase();
}

function relative(name: string, file: FileDescriptorProto): string {
  const own = `.${file.package}.`;
  return name.startsWith(own) ? name.slice(own.length) : name.slice(1);
}

function oneofIndex(field: FieldDescriptorProto): number | undefined {
  return isFieldSet(field, FieldDescriptorProtoSchema.field.oneofIndex) ? field.oneofIndex : undefined;
}

function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.join("\n")}\n}\n`;
}

/** Protobuf reads the escapes that JSON writes. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function readme(): string {
  const rows = [{ ...printed, from: "its embedded descriptor" }, ...copied].map(
    ({ pkg, from, to }) => `| \`${to}\` | ${pkg} ${version(pkg)} | ${from} |`,
  );
  return `# third_party

Protos of others that the contract and the server build on. \`node scripts/vendor-protos.ts\` writes this folder anew,
this file included, from the npm packages in \`node_modules\`; nothing here is edited by hand.

| file | npm package | taken from |
|---|---|---|
${rows.join("\n")}

All of them are under the Apache License 2.0 (\`LICENSE\`); each file keeps its own copyright notice. They are changed in
layout alone, by \`buf format\`. \`validate.proto\` is printed from the descriptor in its package, which carries no
comments; the script refuses to write it unless it builds to that same descriptor.
`;
}

function version(pkg: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(modules, pkg, "package.json"), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest)
    return String(manifest.version);
  throw new Error(`${pkg}: no version in its package.json`);
}

main(resolve(process.argv[2] ?? join(root, "third_party")));
