/**
 * Filters by the grammar of RFC 7644 section 3.4.2.2 (figure 1) with erratum 7319 (a space may follow `not`), and what
 * providers send beyond it:
 * - Entra ID names a sub-attribute after a value path: `emails[type eq "work"].value eq "x"`.
 * - authentik (goauthentik/authentik#16455) and the samples of Microsoft leave strings without quotes: `externalId eq jyoung`.
 *
 * White space is needed only where two words would run together.
 */
import { decodeTwiceEncoded } from "../compat/twice-encoded.ts";
import { badRequest, type ScimError } from "../error.ts";
import { limits } from "../limits.ts";
import type {
  AttributeExpression,
  FilterExpression,
  Literal,
  PathExpression,
  TestExpression,
} from "./ast.ts";
import { type Token, tokensOf } from "./lexer.ts";

/** @throws ScimError 400 invalidFilter, which names the position */
export function parseFilter(text: string): FilterExpression {
  const parser = new Parser(text, "invalidFilter", decodeTwiceEncoded);
  return parser.whole(() => parser.disjunction(), 'the end, "and" or "or"');
}

/** `[urn:]name[.sub]` in ASCII. A sub-attribute can be `$ref`, which the grammar forgot (RFC 7643 section 2.4). */
const attributePath = /^(?:urn:[\w.:;/?#@!$&'*+,=~%-]*:)?[a-z][\w-]*(?:\.\$?[a-z][\w-]*)?$|^\$ref$/i;
const subAttribute = /^\.\$?[a-z][\w-]*$/i;
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const comparisonOperators = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] as const;

type Complaint = "invalidFilter" | "invalidPath";

/** One pass over one text, by recursive descent. */
export class Parser {
  readonly #tokens: readonly Token[];
  #complaint: Complaint;
  #position = 0;
  #depth = 0;
  #terms = 0;
  #isInValuePath = false;

  /** @param prepare what is done to a text that is not too long */
  constructor(text: string, complaint: Complaint, prepare: (text: string) => string = (same) => same) {
    this.#complaint = complaint;
    if (text.length > limits.filterMaxLength) throw this.#tooMuch(`${limits.filterMaxLength} characters`);
    this.#tokens = tokensOf(prepare(text));
  }

  /** What `parse` reads, and nothing after it: `expected` says what could have come. */
  whole<Result>(parse: () => Result, expected: string): Result {
    const result = parse();
    if (this.#next.kind !== "end") throw this.#expected(expected);
    return result;
  }

  disjunction(): FilterExpression {
    const terms = [this.#conjunction()];
    while (this.#takeWord("or")) terms.push(this.#conjunction());
    return joined("or", terms);
  }

  /** With a filter and a sub-attribute, where there are. */
  path(): PathExpression {
    const attributePath = this.#attributePath();
    if (this.#next.kind !== "[") return { attributePath, filter: undefined, subAttribute: undefined };
    const filter = this.#valueFilter();
    return { attributePath, filter, subAttribute: this.#subAttribute() };
  }

  #conjunction(): FilterExpression {
    const terms = [this.#factor()];
    while (this.#takeWord("and")) terms.push(this.#factor());
    return joined("and", terms);
  }

  #factor(): FilterExpression {
    const isNegated = this.#tokens[this.#position + 1]?.kind === "(" && this.#takeWord("not");
    if (this.#next.kind !== "(") return this.#attributeExpression();
    const term = this.#nested(() => this.disjunction(), ")");
    return isNegated ? { kind: "not", term } : term;
  }

  #attributeExpression(): AttributeExpression {
    const subject = this.path();
    const { attributePath, filter } = subject;
    if (filter === undefined || subject.subAttribute !== undefined) return this.#test(subject);
    return { kind: "valuePath", attributePath, filter };
  }

  #attributePath(): string {
    const token = this.#next;
    if (token.kind !== "word" || !attributePath.test(token.text)) throw this.#expected("an attribute");
    this.#position += 1;
    return token.text;
  }

  /** What is wrong between the brackets of a path is wrong with a filter; that they do not close, with the path. */
  #valueFilter(): FilterExpression {
    if (this.#isInValuePath) throw this.#expected("an operator: a value path contains no other");
    const complaint = this.#complaint;
    this.#complaint = "invalidFilter";
    this.#isInValuePath = true;
    const filter = this.#nested(() => {
      const inner = this.disjunction();
      if (this.#next.kind === "end") this.#complaint = complaint;
      return inner;
    }, "]");
    this.#complaint = complaint;
    this.#isInValuePath = false;
    return filter;
  }

  #subAttribute(): string | undefined {
    const token = this.#next;
    if (token.kind !== "word" || !token.text.startsWith(".")) return undefined;
    if (!subAttribute.test(token.text)) throw this.#expected("a sub-attribute");
    this.#position += 1;
    return token.text.slice(1);
  }

  #test(subject: PathExpression): TestExpression {
    this.#terms += 1;
    if (this.#terms > limits.filterMaxTerms) throw this.#tooMuch(`${limits.filterMaxTerms} comparisons`);
    if (this.#takeWord("pr")) return { kind: "present", subject };
    const operator = comparisonOperators.find((name) => this.#takeWord(name));
    if (operator === undefined) throw this.#expected(`an operator: ${comparisonOperators.join(", ")} or pr`);
    return { kind: "compare", subject, operator, value: this.#literal() };
  }

  #literal(): Literal {
    const token = this.#next;
    if (token.kind !== "string" && token.kind !== "word") {
      throw this.#expected("a value: a string in quotation marks, a number, true, false or null");
    }
    this.#position += 1;
    return token.kind === "string" ? { type: "string", value: token.value } : literalOf(token.text);
  }

  /** What stands between the bracket that comes next and its counterpart. */
  #nested(parse: () => FilterExpression, close: ")" | "]"): FilterExpression {
    if (this.#depth >= limits.filterMaxDepth) throw this.#tooMuch(`${limits.filterMaxDepth} levels`);
    this.#depth += 1;
    this.#position += 1;
    const inner = parse();
    if (this.#next.kind !== close) throw this.#expected(`"${close}", "and" or "or"`);
    this.#position += 1;
    this.#depth -= 1;
    return inner;
  }

  #takeWord(word: string): boolean {
    const token = this.#next;
    const isThere = token.kind === "word" && token.text.toLowerCase() === word;
    if (isThere) this.#position += 1;
    return isThere;
  }

  get #next(): Token {
    const token = this.#tokens[this.#position];
    if (token === undefined) throw new Error("the parser has read beyond the end");
    return token;
  }

  #expected(what: string): ScimError {
    const token = this.#next;
    const expected = token.kind === "unreadable" ? token.expected : what;
    return badRequest(
      this.#complaint,
      `The ${this.#noun} cannot be read at character ${token.index}: expected ${expected}.`,
    );
  }

  #tooMuch(limit: string): ScimError {
    return badRequest(this.#complaint, `The ${this.#noun} is too large: it can have at most ${limit}.`);
  }

  get #noun(): string {
    return this.#complaint === "invalidPath" ? "path" : "filter";
  }
}

function joined(kind: "and" | "or", terms: readonly FilterExpression[]): FilterExpression {
  const [only, ...more] = terms;
  return only !== undefined && more.length === 0 ? only : { kind, terms };
}

/** A value without quotation marks. */
function literalOf(text: string): Literal {
  const word = text.toLowerCase();
  if (word === "null") return { type: "null" };
  if (word === "true" || word === "false") return { type: "boolean", value: word === "true" };
  return number.test(text) ? { type: "number", text } : { type: "string", value: text };
}
