// Renders descriptors the way wire-contract.txt is written: a heading per declaration, a line per member.
import {
  type DescEnum,
  type DescEnumValue,
  type DescField,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type DescService,
  getOption,
  hasOption,
  ScalarType,
  toJson,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import {
  FieldRulesSchema,
  field as fieldRules,
  MessageRulesSchema,
  message as messageRules,
  OneofRulesSchema,
  oneof as oneofRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** One top-level declaration, with the ones nested in it. */
export type Block = { heading: string; lines: string[] };

export function renderFile(file: DescFile): Block[] {
  return [
    ...file.messages.map((message) => toBlock(renderMessage(message))),
    ...file.enums.map((desc) => toBlock(renderEnum(desc))),
    ...file.services.map((service) => toBlock(renderService(service))),
  ];
}

/** The blocks of each file in a text of `## path` headings and blocks parted by empty lines. */
export function parseContract(text: string): Map<string, Block[]> {
  const files = new Map<string, Block[]>();
  for (const section of text.split(/^## /m).slice(1)) {
    const [path, ...blocks] = section.trim().split(/\n{2,}/);
    if (path !== undefined)
      files.set(
        path,
        blocks.map((block) => toBlock(block.split("\n"))),
      );
  }
  return files;
}

function toBlock([heading = "", ...lines]: readonly string[]): Block {
  return { heading, lines };
}

function renderMessage(message: DescMessage): string[] {
  const nested = [
    ...message.nestedMessages.flatMap(renderMessage),
    ...message.nestedEnums.flatMap(renderEnum),
  ];
  const rules = hasOption(message, messageRules)
    ? toJson(MessageRulesSchema, getOption(message, messageRules))
    : undefined;
  return [
    `message ${message.typeName}${deprecated(message)}${json(rules)}`,
    ...message.fields.map((field) => `  ${renderField(field)}`),
    ...nested.map((line) => `    ${line}`),
  ];
}

function renderField(field: DescField): string {
  const rules = hasOption(field, fieldRules)
    ? toJson(FieldRulesSchema, getOption(field, fieldRules))
    : undefined;
  const optional = field.proto.proto3Optional ? "optional " : "";
  return `${optional}${fieldType(field)} ${field.name} = ${field.number}${oneofOf(field)}${deprecated(field)}${json(rules)}`;
}

function oneofOf({ oneof }: DescField): string {
  if (oneof === undefined) return "";
  const rules = hasOption(oneof, oneofRules)
    ? toJson(OneofRulesSchema, getOption(oneof, oneofRules))
    : undefined;
  return ` oneof ${oneof.name}${json(rules)}`;
}

function fieldType(field: DescField): string {
  switch (field.fieldKind) {
    case "map":
      return `map<${scalarName(field.mapKey)},${elementType(field)}>`;
    case "list":
      return `repeated ${elementType(field)}`;
    default:
      return elementType(field);
  }
}

function elementType({ message, enum: enumDesc, scalar }: DescField): string {
  if (message) return message.typeName;
  if (enumDesc) return enumDesc.typeName;
  return scalar === undefined ? "unknown" : scalarName(scalar);
}

function scalarName(type: ScalarType): string {
  return ScalarType[type].toLowerCase();
}

function renderEnum(desc: DescEnum): string[] {
  return [
    `enum ${desc.typeName}${deprecated(desc)}`,
    ...desc.values.map((value) => `  ${renderValue(value)}`),
  ];
}

function renderValue(value: DescEnumValue): string {
  return `${value.name} = ${value.number}${deprecated(value)}`;
}

function renderService(service: DescService): string[] {
  return [
    `service ${service.typeName}${deprecated(service)}`,
    ...service.methods.map((method) => `  ${renderMethod(method)}`),
  ];
}

function renderMethod(method: DescMethod): string {
  const level =
    method.idempotency === MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN
      ? ""
      : ` ${MethodOptions_IdempotencyLevel[method.idempotency]}`;
  return `rpc ${method.name} ${method.input.name} -> ${method.output.name} ${method.methodKind}${level}${deprecated(method)}`;
}

function deprecated(desc: { deprecated: boolean }): string {
  return desc.deprecated ? " [deprecated]" : "";
}

function json(rules: unknown): string {
  return rules === undefined ? "" : `  ${JSON.stringify(rules)}`;
}
