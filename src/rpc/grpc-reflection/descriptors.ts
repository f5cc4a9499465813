/** What the reflection service tells: the files behind every symbol of the services, serialized once. */
import {
  type DescEnum,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

export interface Descriptors {
  readonly services: readonly string[];
  /** The file and all that it imports; undefined when there is none of that name. */
  fileByName(name: string): readonly Uint8Array[] | undefined;
  /** The file that declares a message, field, oneof, enum, enum value, service, method or extension. */
  fileBySymbol(symbol: string): readonly Uint8Array[] | undefined;
  fileByExtension(extendee: string, number: number): readonly Uint8Array[] | undefined;
  extensionNumbers(extendee: string): readonly number[] | undefined;
}

export function createDescriptors(services: readonly DescService[]): Descriptors {
  const files = new Map<string, DescFile>();
  for (const { file } of services) collect(file, files);
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescFile>>();
  for (const file of files.values()) {
    indexFile(file, symbols);
    for (const extension of file.extensions) {
      const numbers = extensions.get(extension.extendee.typeName) ?? new Map<number, DescFile>();
      extensions.set(extension.extendee.typeName, numbers.set(extension.number, file));
    }
  }
  const serialized = new Map<DescFile, Uint8Array>();
  const bytesOf = (file: DescFile): Uint8Array => {
    const bytes = serialized.get(file) ?? toBinary(FileDescriptorProtoSchema, file.proto);
    serialized.set(file, bytes);
    return bytes;
  };
  const serialize = (file: DescFile | undefined): readonly Uint8Array[] | undefined =>
    file === undefined ? undefined : [...collect(file, new Map()).values()].map(bytesOf);

  return {
    services: services.map(({ typeName }) => typeName),
    fileByName: (name) => serialize(files.get(name)),
    fileBySymbol: (symbol) => serialize(symbols.get(symbol)),
    fileByExtension: (extendee, number) => serialize(extensions.get(extendee)?.get(number)),
    extensionNumbers: (extendee) => {
      const numbers = extensions.get(extendee);
      if (numbers !== undefined) return [...numbers.keys()];
      return symbols.has(extendee) ? [] : undefined;
    },
  };
}

/** The file before its imports, as clients expect it. */
function collect(file: DescFile, into: Map<string, DescFile>): Map<string, DescFile> {
  if (into.has(file.proto.name)) return into;
  into.set(file.proto.name, file);
  for (const dependency of file.dependencies) collect(dependency, into);
  return into;
}

function indexFile(file: DescFile, symbols: Map<string, DescFile>): void {
  for (const service of file.services) {
    symbols.set(service.typeName, file);
    for (const method of service.methods) symbols.set(`${service.typeName}.${method.name}`, file);
  }
  for (const message of file.messages) indexMessage(message, file, symbols);
  for (const item of file.enums) indexEnum(item, file, symbols);
  for (const { typeName } of file.extensions) symbols.set(typeName, file);
}

function indexMessage(message: DescMessage, file: DescFile, symbols: Map<string, DescFile>): void {
  symbols.set(message.typeName, file);
  for (const { name } of [...message.fields, ...message.oneofs])
    symbols.set(`${message.typeName}.${name}`, file);
  for (const item of message.nestedEnums) indexEnum(item, file, symbols);
  for (const { typeName } of message.nestedExtensions) symbols.set(typeName, file);
  for (const nested of message.nestedMessages) indexMessage(nested, file, symbols);
}

/** A value is a sibling of its enum, not its child (the rule of C++). */
function indexEnum(item: DescEnum, file: DescFile, symbols: Map<string, DescFile>): void {
  symbols.set(item.typeName, file);
  const scope = item.typeName.slice(0, item.typeName.length - item.name.length);
  for (const { name } of item.values) symbols.set(scope + name, file);
}
