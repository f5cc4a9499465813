/** For each kind of rule, values at its bound, and one past it. */
import type { DescField } from "@bufbuild/protobuf";
import { isReflectList, isReflectMessage } from "@bufbuild/protobuf/reflect";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { FieldValue } from "./rules.ts";

export interface Values {
  readonly accepted: readonly FieldValue[];
  readonly refused: readonly FieldValue[];
}

export interface Context {
  readonly field: DescField;
  /** The rule is about each item of a list. */
  readonly inItems: boolean;
  /** The rules beside this one, by name. */
  readonly siblings: ReadonlyMap<string, unknown>;
  /** The rules of the list's items. */
  readonly items: ReadonlyMap<string, unknown>;
}

/** @throws for a rule that no case here knows */
export function valuesOf(rule: string, value: unknown, context: Context): Values {
  const make = kinds[rule];
  if (make === undefined) throw new Error(`no case for the rule ${rule}, on ${context.field.name}`);
  return make(value, context);
}

type Make = (value: unknown, context: Context) => Values;

const kinds: Readonly<Record<string, Make>> = {
  required: (_value, { field }) => ({
    accepted: [],
    refused: field.fieldKind === "scalar" ? [undefined, ""] : [undefined],
  }),
  // IGNORE_IF_ZERO_VALUE: the other rules do not hold for the empty value.
  ignore: () => ({ accepted: [undefined, ""], refused: [] }),
  "string.uuid": (_value, context) => {
    const id = uuid(0);
    const malformed = [id.slice(1), `${id}0`, id.replaceAll("-", ""), `{${id}}`, `g${id.slice(1)}`, ` ${id}`];
    return { accepted: [id, id.toUpperCase()], refused: [...malformed, ...emptyValues(context)] };
  },
  "string.uri": () => ({
    accepted: ["https://issuer.example.com:8443/a%20b?c=d#e", "urn:example:issuer"],
    refused: ["issuer.example.com", "/relative/path", "https://two words", "://missing-scheme"],
  }),
  "string.min_len": (value, context) => {
    const length = toCount(value);
    if (length === 0) return { accepted: [""], refused: [] };
    return {
      accepted: [textOf(context, length)],
      refused: [textOf(context, length - 1), ...emptyValues(context)],
    };
  },
  "string.max_len": (value, context) => {
    const length = toCount(value);
    // Characters are code points: four bytes of UTF-8, two units of UTF-16, and yet one.
    const astral = isDomain(context) ? [] : ["😀".repeat(length)];
    return { accepted: [textOf(context, length), ...astral], refused: [textOf(context, length + 1)] };
  },
  "string.pattern": (value) => {
    const examples = patterns.find(({ pattern }) => pattern === value);
    if (examples === undefined) throw new Error(`no examples for the pattern ${String(value)}`);
    return examples;
  },
  "repeated.min_items": (value) => {
    if (toCount(value) !== 0) throw new Error("no case for a minimum of items above 0");
    return { accepted: [[]], refused: [] };
  },
  "repeated.max_items": (value, { items, field }) => {
    const count = toCount(value);
    if (field.message !== undefined)
      return { accepted: [{ messages: count }], refused: [{ messages: count + 1 }] };
    const [number] = field.enum?.values.map((each) => each.number) ?? [];
    if (number !== undefined) {
      return { accepted: [Array(count).fill(number)], refused: [Array(count + 1).fill(number)] };
    }
    return { accepted: [itemsOf(items, count)], refused: [itemsOf(items, count + 1)] };
  },
  "repeated.unique": (_value, { items }) => {
    const [one = ""] = itemsOf(items, 1);
    return { accepted: [[one], itemsOf(items, 2)], refused: [[one, one]] };
  },
  "int32.gte": (value) => ({ accepted: [toCount(value)], refused: [toCount(value) - 1, -(2 ** 31)] }),
  "int32.lte": (value) => ({ accepted: [toCount(value)], refused: [toCount(value) + 1, 2 ** 31 - 1] }),
  "int64.gte": (value) => ({ accepted: [toBigInt(value)], refused: [toBigInt(value) - 1n, -(2n ** 63n)] }),
  "enum.defined_only": (_value, { field, siblings }) => {
    const numbers = field.enum?.values.map(({ number }) => number) ?? [];
    const excluded = toNumbers(siblings.get("enum.not_in"));
    const allowed = numbers.filter((number) => !excluded.includes(number));
    return {
      accepted: [Math.min(...allowed), Math.max(...allowed)],
      refused: [Math.max(...numbers) + 1, -1],
    };
  },
  "enum.not_in": (value) => ({ accepted: [], refused: [...toNumbers(value), undefined] }),
  "duration.gte": (value) => {
    const bound = toDuration(value);
    const before = bound.seconds - 1n;
    // Below zero, seconds and nanoseconds have the same sign.
    const past = before < 0n ? { seconds: 0n, nanos: -1 } : { seconds: before, nanos: 999_999_999 };
    return { accepted: [bound], refused: [past, { seconds: before, nanos: 0 }] };
  },
  "duration.lte": (value) => {
    const { seconds } = toDuration(value);
    return {
      accepted: [{ seconds, nanos: 0 }],
      refused: [
        { seconds, nanos: 1 },
        { seconds: seconds + 1n, nanos: 0 },
      ],
    };
  },
};

/** FeatureSet.FieldPresence.EXPLICIT: the field knows whether it was sent. */
const explicitPresence = 1;

/** How a request can leave the value empty, for rules that no empty value keeps. */
function emptyValues({ field, inItems, siblings }: Context): FieldValue[] {
  if (inItems) return [""];
  if (siblings.has("ignore") || siblings.has("required")) return [];
  return field.presence === explicitPresence ? [""] : ["", undefined];
}

const label63 = "a".repeat(63);
const patterns = [
  {
    pattern: "^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\\.)+[a-zA-Z]{2,}$",
    accepted: ["example.com", "EXAMPLE.Com", "a-b.c-d.museum", `${label63}.com`, "1.2.co"],
    refused: [
      "localhost",
      "example.c",
      "example.c0m",
      "-a.example",
      "a-.example",
      ".example",
      "a..example",
      `a${label63}.com`,
      "exam ple.com",
      "example.com\n",
      "exämple.com",
      "user@example.com",
    ],
  },
] as const;

/** A text of the length that keeps the other rules of its field. */
function textOf(context: Context, length: number): string {
  return isDomain(context) ? domainOf(length) : "x".repeat(length);
}

/** `email_domain` and `domain` have no pattern in the contract; the handlers take domain names alone. */
function isDomain({ siblings, field }: Context): boolean {
  return siblings.has("string.pattern") || /^(?:email_)?domain$/.test(field.name);
}

/** A domain name of that many characters: labels of up to 63. */
function domainOf(length: number): string {
  const top = ".co";
  let rest = length - top.length;
  const labels: string[] = [];
  while (rest > 0) {
    // A dot must leave room for the label after it.
    const size = rest > 65 ? 63 : Math.min(rest, rest > 63 ? rest - 2 : rest);
    labels.push("d".repeat(size));
    rest -= size + 1;
  }
  return labels.join(".") + top;
}

/** So many different items that keep the rules of each. */
function itemsOf(rules: ReadonlyMap<string, unknown>, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    if (rules.has("string.uuid")) return uuid(index);
    return rules.has("string.pattern") ? `d${index}.example` : `item-${index}`;
  });
}

/** Well-formed ids of nothing. */
function uuid(index: number): string {
  return `01890a5d-ac96-774b-bcce-${(0xb302099a8057 + index).toString(16)}`;
}

function toCount(value: unknown): number {
  if (typeof value !== "number" && typeof value !== "bigint") throw new Error("the bound is no number");
  return Number(value);
}

function toBigInt(value: unknown): bigint {
  if (typeof value !== "bigint") throw new Error("the bound is no 64-bit integer");
  return value;
}

function toNumbers(list: unknown): number[] {
  return isReflectList(list) ? [...list].map(toCount) : [];
}

function toDuration(value: unknown): { readonly seconds: bigint; readonly nanos: number } {
  const message = isReflectMessage(value) ? value.message : undefined;
  if (message === undefined || !("seconds" in message) || typeof message.seconds !== "bigint") {
    throw new Error("the bound is no duration");
  }
  return durationFromMs(Number(message.seconds) * 1000);
}
