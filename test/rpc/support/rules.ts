/**
 * The rules of a request message, read from its descriptor, each with values that it accepts and values that it
 * refuses. A kind of rule that is not in the table here fails whoever asks: no rule goes untested unnoticed.
 */
import {
  create,
  type DescField,
  type DescMessage,
  getOption,
  hasOption,
  type Message,
} from "@bufbuild/protobuf";
import { isReflectMessage, type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import {
  FieldRulesSchema,
  field as fieldOption,
  message as messageOption,
  oneof as oneofOption,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { type Context, type Values, valuesOf } from "./rule-values.ts";

/** One rule at one place of a message. */
export interface RuleCase extends Values {
  /** As violations name it: `filter.user_ids[0]`. */
  readonly path: string;
  /** As in `string.max_len`. */
  readonly rule: string;
  /** The fields from the request down to the one with the rule. */
  readonly fields: readonly DescField[];
}

export function rulesOf(message: DescMessage, above: readonly DescField[] = []): RuleCase[] {
  requireNoOtherRules(message);
  return message.fields.flatMap((field): RuleCase[] => {
    const fields = [...above, field];
    const path = pathOf(fields);
    const own = fieldRules(field).flatMap(({ rules, inItems }) =>
      casesOf(rules, { field, inItems }, path, fields),
    );
    const isOurs = field.message?.typeName.startsWith("gitpod.") ?? false;
    return field.message !== undefined && isOurs ? [...own, ...rulesOf(field.message, fields)] : own;
  });
}

/** Of messages in lists, the first is meant. */
function pathOf(fields: readonly DescField[]): string {
  const last = fields.length - 1;
  return fields
    .map(({ name, fieldKind }, index) => (fieldKind === "list" && index < last ? `${name}[0]` : name))
    .join(".");
}

/** The rules of the field, and apart from them those of its items. */
function fieldRules(field: DescField): { readonly rules: ReflectMessage; readonly inItems: boolean }[] {
  if (!hasOption(field, fieldOption)) return [];
  const rules = reflect(FieldRulesSchema, getOption(field, fieldOption));
  const items = setRules(rules).find(({ name }) => name === "repeated.items")?.value;
  const own = { rules, inItems: false };
  return isReflectMessage(items) ? [own, { rules: items, inItems: true }] : [own];
}

function casesOf(
  rules: ReflectMessage,
  { field, inItems }: Pick<Context, "field" | "inItems">,
  path: string,
  fields: readonly DescField[],
): RuleCase[] {
  const all = setRules(rules);
  const siblings = new Map(all.map(({ name, value }) => [name, value]));
  return all
    .filter(({ name }) => name !== "repeated.items")
    .map(({ name, value }) => ({
      path: inItems ? `${path}[0]` : path,
      rule: name,
      fields,
      ...valuesOf(name, value, { field, inItems, siblings, items: itemRulesOf(siblings) }),
    }));
}

function itemRulesOf(siblings: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
  const items = siblings.get("repeated.items");
  return new Map(isReflectMessage(items) ? setRules(items).map(({ name, value }) => [name, value]) : []);
}

/** `required`, `ignore`, and what is set within `string`, `repeated` and the like, as `string.max_len`. */
function setRules(rules: ReflectMessage): { readonly name: string; readonly value: unknown }[] {
  return rules.fields
    .filter((field) => rules.isSet(field))
    .flatMap((field) => {
      const value = rules.get(field);
      if (!isReflectMessage(value)) return [{ name: field.name, value }];
      return value.fields
        .filter((inner) => value.isSet(inner))
        .map((inner) => ({ name: `${field.name}.${inner.name}`, value: value.get(inner) }));
    });
}

function requireNoOtherRules(message: DescMessage): void {
  const others =
    hasOption(message, messageOption) || message.oneofs.some((oneof) => hasOption(oneof, oneofOption));
  if (others)
    throw new Error(`${message.typeName} has rules on the message or a oneof: teach the tests to read them`);
}

export type FieldValue =
  | string
  | number
  | bigint
  | undefined
  | readonly (string | number)[]
  /** So many messages of the list, each the smallest that is valid. */
  | { readonly messages: number }
  | { readonly seconds: bigint; readonly nanos: number };

/** Puts a value in its place. Messages on the way are made when they are missing, valid but for that value. */
export function assign(message: ReflectMessage, fields: readonly DescField[], value: FieldValue): void {
  const [field, ...below] = fields;
  if (field === undefined) throw new Error("no field to assign to");
  if (below.length > 0 && field.fieldKind === "message") {
    const nested = message.isSet(field) ? message.get(field) : validPart(field);
    assign(nested, below, value);
    message.set(field, nested);
  } else if (below.length > 0 && field.fieldKind === "list" && field.listKind === "message") {
    const item = validPart(field);
    assign(item, below, value);
    const list = message.get(field);
    list.clear();
    list.add(item);
  } else if (value === undefined) message.clear(field);
  else if (field.fieldKind === "list") {
    const list = message.get(field);
    list.clear();
    if (typeof value === "object" && "messages" in value) {
      for (let count = 0; count < value.messages; count += 1) list.add(validPart(field));
    } else
      for (const item of typeof value === "object" && "length" in value ? value : [value]) list.add(item);
  } else if (field.fieldKind === "message") {
    const part = typeof value === "object" && "seconds" in value ? value : {};
    message.set(field, reflect(field.message, create(field.message, part)));
  } else message.set(field, value);
}

/** What the rules ask of the field's other parts is in it. */
function validPart(field: DescField): ReflectMessage {
  if (field.message === undefined) throw new Error(`${field.name} holds no messages`);
  return reflect(field.message, smallestValid(field.message));
}

/** A message that keeps every rule, with as little in it as they allow. */
export function smallestValid(desc: DescMessage): Message {
  const message = create(desc);
  const target = reflect(desc, message);
  const rules = rulesOf(desc);
  const required = new Set(rules.filter(({ rule }) => rule === "required").map(({ path }) => path));
  const isNeeded = ({ fields, refused }: RuleCase): boolean =>
    refused.includes(undefined) &&
    fields.every((_, index) => index === 0 || required.has(pathOf(fields.slice(0, index))));
  for (const rule of rules.filter(isNeeded)) {
    const beside = rules.filter(({ path }) => path === rule.path);
    const value = beside
      .flatMap(({ accepted }) => accepted)
      .find((each) => each !== undefined && each !== "");
    assign(target, rule.fields, value ?? "some text");
  }
  return message;
}
