import { badRequest } from "./error.ts";
import type { JsonValue } from "./json.ts";
import { limits } from "./limits.ts";

/**
 * The JSON value that `text` is. Of a name that an object has twice, the last one counts, as everywhere in JavaScript.
 *
 * @throws ScimError 400 invalidSyntax for what is no JSON, or is nested deeper than `limits.jsonMaxDepth`
 */
export function parseJson(text: string): JsonValue {
  if (depthExceeds(text, limits.jsonMaxDepth)) {
    throw badRequest("invalidSyntax", `The JSON is nested deeper than ${limits.jsonMaxDepth} levels.`);
  }
  const value = parse(text);
  if (!isJsonValue(value)) throw badRequest("invalidSyntax", "The body is not JSON.");
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Its cause quotes the body.
    throw badRequest("invalidSyntax", "The body is not well-formed JSON.");
  }
}

/** Recurses no deeper than the text that was measured. */
function isJsonValue(value: unknown): value is JsonValue {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return true;
    case "object":
      return value === null || childrenOf(value).every(isJsonValue);
    default:
      return false;
  }
}

function childrenOf(value: object): readonly unknown[] {
  return Array.isArray(value) ? value : Object.values(value);
}

const quote = 0x22;
const backslash = 0x5c;

/** Counts brackets outside of strings. What it says of malformed text does not matter: that is refused afterwards. */
function depthExceeds(text: string, depthMax: number): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case quote:
        index = endOfString(text, index);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        if (depth > depthMax) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
    }
  }
  return false;
}

/** Where the quote is that ends the string which begins at `start`, or the text's end. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code === quote) return index;
    index += code === backslash ? 2 : 1;
  }
  return index;
}
