/**
 * Keeps secrets out of whatever leaves the process as text: log lines, and quotations of wrong input.
 * It errs on the side of removing: a harmless word lost from a log line costs less than a token in it.
 */
import { types } from "node:util";

export const redacted = "[redacted]";

/** Bounds of one copied value: deeper, longer or larger than anything of ours, and cheap when hostile. */
const depthMax = 12;
const itemsMax = 200;
const nodesMax = 5_000;
const textLengthMax = 16_384;

/**
 * The kinds and the alphabet are those of src/keys/token-format.ts, `orgsvc_<kind>_<43 random><6 checksum>`. The length is
 * open on purpose: what is left of a token that was cut short, or glued to other text, goes too.
 */
const ownToken = /orgsvc_(?:scim|pat|op)_[0-9a-z]+/gi;

const names = "(?:authorization|tokens?|client_?secret|secret|password|passwd|cookie)";

/** Each pattern starts with what announces a secret, so that cutting a text first cannot hide one from them. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [ownToken, redacted],
  [/\bBearer(?:\s|%20|\+)+\S+/gi, redacted],
  // postgres://user:password@host
  [/:\/\/[^\s/@:]*:[^\s/@]+@/g, `://${redacted}@`],
  // A header quoted as a line.
  [/\b((?:authorization|cookie)\s*:\s*)[^\r\n"']+/gi, `$1${redacted}`],
  // client_secret=…, as in a query string or a form.
  [new RegExp(`(${names}=)[^\\s&;,"'<>]+`, "gi"), `$1${redacted}`],
  // "client_secret":"…" and clientSecret: '…', also without the closing quote.
  [new RegExp(`(${names}["']?\\s*:\\s*)(["'])(?:\\\\[^]|(?!\\2)[^\\\\])*`, "gi"), `$1$2${redacted}`],
  // \"client_secret\":\"…\": JSON inside a JSON string.
  [new RegExp(`(${names}\\\\"\\s*:\\s*\\\\")(?:\\\\{3}"|\\\\(?!")|[^"\\\\])*`, "gi"), `$1${redacted}`],
];

/** What every pattern has in it: nearly all text of a log has none of these, and is clean for one look instead of seven. */
const suspicious = /[=:]|orgsvc_|bearer/i;

/** Compared with the name's letters and digits in lower case; a suffix, so that `adminToken` counts too. */
const secretKey =
  /(?:authorization|tokens?|secrets?|password|passwd|cookies?|apikey|privatekey|encryptionkey)$/;

/** Whether the text holds a token of this service, or what is left of one. */
export function looksLikeToken(text: string): boolean {
  return text.search(ownToken) >= 0;
}

/** The text with each token of this service replaced, whole or what is left of it: for what quotes a request. */
export function withoutTokens(text: string): string {
  return text.replace(ownToken, redacted);
}

/** The text, cut to a bounded length, with every token, bearer credential and named secret in it replaced. */
export function redactText(text: string): string {
  const bounded = text.length > textLengthMax ? `${text.slice(0, textLengthMax)} […cut]` : text;
  if (!suspicious.test(bounded)) return bounded;
  return patterns.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), bounded);
}

/**
 * A copy that is safe to write as JSON: plain objects, arrays and primitives only, secrets replaced at any depth,
 * cycles and excess cut. Never throws, and its work is bounded whatever the value.
 */
export function redactValue(value: unknown): unknown {
  return copy(value, { nodes: 0, ancestors: [] });
}

/** The same for the fields of a log line. */
export function redactFields(fields: object): Record<string, unknown> {
  try {
    return copyEntries(Object.entries(fields), { nodes: 0, ancestors: [fields] });
  } catch {
    return { fields: "[unreadable]" };
  }
}

interface Walk {
  nodes: number;
  readonly ancestors: object[];
}

function copy(value: unknown, walk: Walk): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint" || typeof value === "symbol") return redactText(String(value));
  if (typeof value === "function") return "[function]";
  if (typeof value !== "object" || value === null) return value;
  if (walk.ancestors.includes(value)) return "[circular]";
  walk.nodes += 1;
  if (walk.ancestors.length >= depthMax || walk.nodes > nodesMax) return "[cut]";
  walk.ancestors.push(value);
  try {
    return copyObject(value, walk);
  } catch {
    // A getter, a toJSON or a proxy that throws must not turn the logging of a failure into another failure.
    return "[unreadable]";
  } finally {
    walk.ancestors.pop();
  }
}

function copyObject(value: object, walk: Walk): unknown {
  if (value instanceof Error || types.isNativeError(value)) return copyError(value, walk);
  // Bytes may be a key or a body; their number is all that a log needs.
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return copyItems(value, walk);
  if (value instanceof Set) return copyItems([...value], walk);
  if (value instanceof Map) return copyEntries([...value].map(textKeyed), walk);
  if ("toJSON" in value && typeof value.toJSON === "function") return copy(value.toJSON(), walk);
  return copyEntries(Object.entries(value), walk);
}

/** Copied apart; and `detail`, in which PostgreSQL tells the whole row that it refuses, is not copied. */
const errorKeys = new Set(["name", "message", "stack", "cause", "errors", "detail"]);

/** Type, message, stack and causes, and what else the error carries (a `code`, an `errno`). */
function copyError(error: Error, walk: Walk): Record<string, unknown> {
  const more = Object.entries(error).filter(([key]) => !errorKeys.has(key));
  return {
    ...copyEntries(more, walk),
    type: copy(error.constructor.name, walk),
    message: copy(error.message, walk),
    stack: copy(error.stack, walk),
    ...(error.cause === undefined ? {} : { cause: copy(error.cause, walk) }),
    ...(error instanceof AggregateError ? { errors: copy(error.errors, walk) } : {}),
  };
}

function copyItems(items: readonly unknown[], walk: Walk): unknown[] {
  const kept = items.slice(0, itemsMax).map((item) => copy(item, walk));
  return items.length > itemsMax ? [...kept, `[${items.length - itemsMax} more]`] : kept;
}

function copyEntries(entries: readonly (readonly [string, unknown])[], walk: Walk): Record<string, unknown> {
  const kept = entries
    .slice(0, itemsMax)
    .map(([key, item]): [string, unknown] => [
      redactText(key),
      isSecretKey(key) && item !== undefined ? redacted : copy(item, walk),
    ]);
  if (entries.length > itemsMax) kept.push(["[more]", entries.length - itemsMax]);
  // fromEntries defines properties, so that a key named __proto__ stays a key.
  return Object.fromEntries(kept);
}

function textKeyed([key, item]: [unknown, unknown]): [string, unknown] {
  return [typeof key === "object" && key !== null ? "[object]" : String(key), item];
}

/** Of the names of fields, which are few and come with every line; others' are asked again. */
const knownKeys = new Map<string, boolean>();
const knownKeysMax = 200;

function isSecretKey(key: string): boolean {
  const known = knownKeys.get(key);
  if (known !== undefined) return known;
  const secret = secretKey.test(key.toLowerCase().replaceAll(/[^a-z0-9]/g, ""));
  if (knownKeys.size < knownKeysMax) knownKeys.set(key, secret);
  return secret;
}
