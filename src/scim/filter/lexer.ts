/**
 * The tokens of a filter. What a word is, an attribute's path or an operator or a value without quotes, is the
 * parser's to say. Nothing is thrown here: what cannot be read is a token too, because the error depends on where the
 * parser meets it.
 */

export type Token =
  | { readonly kind: "(" | ")" | "[" | "]" | "end"; readonly index: number }
  | { readonly kind: "word"; readonly index: number; readonly text: string }
  /** A quoted string, its escapes decoded. */
  | { readonly kind: "string"; readonly index: number; readonly value: string }
  | { readonly kind: "unreadable"; readonly index: number; readonly expected: string };

/** Of a text whose length has been checked. The last token is always the end, or what cannot be read. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let index = 0;
  while (true) {
    index = endOf(/\s*/y, text, index);
    const { token, end } = readToken(text, index);
    tokens.push(token);
    if (token.kind === "end" || token.kind === "unreadable") return tokens;
    index = end;
  }
}

function readToken(text: string, index: number): { token: Token; end: number } {
  const character = text.charAt(index);
  switch (character) {
    case "":
      return { token: { kind: "end", index }, end: index };
    case "(":
    case ")":
    case "[":
    case "]":
      return { token: { kind: character, index }, end: index + 1 };
    case '"':
      return readString(text, index);
    default: {
      const end = endOf(/[^\s()[\]"]+/y, text, index);
      const word = text.slice(index, end);
      if (!isStorable(word)) return unreadable(index, "no NUL and no unpaired surrogate", end);
      return { token: { kind: "word", index, text: word }, end };
    }
  }
}

/** A string by the rules of JSON, which RFC 7644 figure 1 refers to. */
function readString(text: string, index: number): { token: Token; end: number } {
  const end = endOf(/"(?:[^"\\]|\\.)*"/sy, text, index);
  if (end === index)
    return unreadable(index, "the string that begins here to end with a quotation mark", end);
  const value = decodeString(text.slice(index, end));
  if (value === undefined) return unreadable(index, "a string with the escapes of JSON", end);
  if (!isStorable(value)) return unreadable(index, "a string without NUL and unpaired surrogates", end);
  return { token: { kind: "string", index, value }, end };
}

function decodeString(quoted: string): string | undefined {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** No stored value has these: PostgreSQL refuses NUL, and both engines replace what is no UTF-8. */
function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes("\0");
}

function unreadable(index: number, expected: string, end: number): { token: Token; end: number } {
  return { token: { kind: "unreadable", index, expected }, end };
}

/** Where the match of the sticky pattern ends that begins at the index; the index itself when there is none. */
function endOf(sticky: RegExp, text: string, index: number): number {
  sticky.lastIndex = index;
  return sticky.test(text) ? sticky.lastIndex : index;
}
