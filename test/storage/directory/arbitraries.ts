/** Random directories, and random conditions and sorts that have something to do with them. */
import * as fc from "fast-check";
import type {
  Condition,
  Operator,
  OrderingOperator,
  Sort,
  SortKey,
} from "../../../src/scim/filter/condition.ts";
import type { SearchDocument, SearchElement } from "../../../src/scim/resource/search-document.ts";

/** A resource before it has an id: others name it by its place. */
export interface RandomResource {
  readonly name: string;
  readonly externalId: string | undefined;
  readonly search: SearchDocument;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface RandomDirectory {
  readonly users: readonly RandomResource[];
  readonly groups: readonly RandomResource[];
  /** The members of each group, by their places. */
  readonly members: readonly (readonly number[])[];
}

export type Kind = "user" | "group";

/** Characters that some engine, language or pattern treats in a way of its own. */
const atoms = [
  ...["a", "b", "A", "0", " ", "%", "_", "*", "'", '"', "\\", "/", "?", "$1", "{", "--", "\n", "\u0001"],
  ...[
    "\u00e9",
    "e\u0301",
    "\u0130",
    "i\u0307",
    "\u0131",
    "\u00df",
    "\u1e9e",
    "\u212a",
    "k",
    "\u03c2",
    "\ufb01",
  ],
  ...["\u{1f600}", "\u{1f468}\u200d\u{1f469}", "\u{10ffff}", "\uffff", "\u05d0", "null", "true"],
];
const word = fc.array(fc.constantFrom(...atoms), { minLength: 1, maxLength: 3 }).map((some) => some.join(""));
const milliseconds = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_004 });

const department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
const textKeys = ["title", "name.familyName", department] as const;
const lists = ["emails", "addresses"] as const;

function element(): fc.Arbitrary<SearchElement> {
  const keys = { value: word, type: fc.constantFrom("work", "home"), display: word };
  return fc
    .record({ ...keys, primary: fc.constantFrom("true", "false") }, { requiredKeys: [] })
    .filter((some) => Object.keys(some).length > 0);
}

function searchDocument(): fc.Arbitrary<SearchDocument> {
  const texts = Object.fromEntries(textKeys.map((key) => [key, word]));
  const elements = Object.fromEntries(
    lists.map((list) => [list, fc.array(element(), { minLength: 1, maxLength: 3 })]),
  );
  return fc.record({ ...texts, ...elements, active: fc.constantFrom("true", "false") }, { requiredKeys: [] });
}

const firstOfAlphabet = 0x61;

/** Names and external ids are unique within their directory, by a last character of each. */
function resources(length: number): fc.Arbitrary<readonly RandomResource[]> {
  const one = fc.record({
    name: word,
    externalId: fc.option(word, { nil: undefined }),
    search: searchDocument(),
    createdAtMs: milliseconds,
    updatedAtMs: milliseconds,
  });
  return fc.array(one, { minLength: 0, maxLength: length }).map((some) =>
    some.map((resource, at) => {
      const last = String.fromCodePoint(firstOfAlphabet + at);
      const { name, externalId } = resource;
      return { ...resource, name: name + last, externalId: externalId && externalId + last };
    }),
  );
}

export const directory: fc.Arbitrary<RandomDirectory> = fc
  .tuple(resources(9), resources(4))
  .chain(([users, groups]) => {
    const some = fc.subarray(users.map((_, at) => at));
    const members = fc.array(some, { minLength: groups.length, maxLength: groups.length });
    return members.map((each) => ({ users, groups, members: each }));
  });

/** Stands for the id of a resource that will have one. */
export function idOf(kind: Kind, at: number): string {
  return `${kind} number ${at}`;
}

interface Vocabulary {
  readonly keys: readonly string[];
  readonly lists: readonly string[];
  readonly value: fc.Arbitrary<string>;
}

const operators: readonly Operator[] = ["eq", "co", "sw", "ew", "gt", "ge", "lt", "le"];
const orderings: readonly OrderingOperator[] = ["eq", "gt", "ge", "lt", "le"];
const timeKeys = ["meta.created", "meta.lastModified"] as const;

export function conditionOn(kind: Kind, { users, groups }: RandomDirectory): fc.Arbitrary<Condition> {
  const all = [...users, ...groups];
  const texts = all.flatMap(textsOf);
  const ids = [...users.map((_, at) => idOf("user", at)), ...groups.map((_, at) => idOf("group", at))];
  const value = fc.oneof(
    word,
    fc.constant(""),
    ...(texts.length > 0 ? [partOf(texts)] : []),
    fc.constantFrom(...ids, "x"),
  );
  const common = ["id", "externalId", ...textKeys, "active", "nowhere"];
  return kind === "user"
    ? condition({ keys: [...common, "userName"], lists: [...lists, "groups"], value })
    : condition({ keys: [...common, "displayName"], lists: [...lists, "members"], value });
}

function textsOf({ name, externalId = "", search }: RandomResource): readonly string[] {
  const values = Object.values(search).flatMap((found) =>
    typeof found === "string" ? [found] : found.flatMap((each) => Object.values(each)),
  );
  return [name, externalId, ...values];
}

/** A whole text as often as a piece of it. */
function partOf(texts: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.tuple(fc.constantFrom(...texts), fc.nat(3), fc.nat(3));
  const pieces = piece.map(([text, from, length]) => [...text].slice(from, from + length).join(""));
  return fc.oneof(fc.constantFrom(...texts), pieces);
}

function condition({ keys, lists: names, value }: Vocabulary): fc.Arbitrary<Condition> {
  const where = logic(tests(["value", "type", "primary", "display"], value), 2);
  const onList = fc.record({ kind: fc.constant("element"), list: fc.constantFrom(...names), where });
  const onTime = fc.record({
    kind: fc.constant("time"),
    key: fc.constantFrom(...timeKeys),
    operator: fc.constantFrom(...orderings),
    valueMs: milliseconds,
  });
  return logic(fc.oneof(tests(keys, value), onList, lookUp(names, value), onTime), 4);
}

/** An element with a value that is likely to be there, and something else about it: what an index finds and has to check. */
function lookUp(names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<Condition> {
  const equal = fc.record({
    kind: fc.constant("compare"),
    key: fc.constant("value"),
    operator: fc.constant("eq"),
    value,
  });
  const other = tests(["type", "primary", "display"], value);
  const terms = fc.oneof(fc.tuple(equal), fc.tuple(equal, other), fc.tuple(other, equal));
  const where = fc.record({ kind: fc.constant("and"), terms });
  return fc.record({ kind: fc.constant("element"), list: fc.constantFrom(...names), where });
}

function tests(keys: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<Condition> {
  const key = fc.constantFrom(...keys);
  const compare = fc.record({
    kind: fc.constant("compare"),
    key,
    operator: fc.constantFrom(...operators),
    value,
  });
  const present = fc.record({ kind: fc.constant("present"), key });
  const constant = fc.record({ kind: fc.constant("constant"), value: fc.boolean() });
  return fc.oneof({ arbitrary: compare, weight: 8 }, { arbitrary: present, weight: 2 }, constant);
}

function logic(leaf: fc.Arbitrary<Condition>, maxDepth: number): fc.Arbitrary<Condition> {
  return fc.letrec<{ tree: Condition }>((tie) => {
    const terms = fc.array(tie("tree"), { minLength: 1, maxLength: 3 });
    const not = fc.record({ kind: fc.constant("not"), term: tie("tree") });
    const and = fc.record({ kind: fc.constant("and"), terms });
    const or = fc.record({ kind: fc.constant("or"), terms });
    return { tree: fc.oneof({ maxDepth, withCrossShrink: true }, leaf, not, and, or) };
  }).tree;
}

export function sortOf(kind: Kind): fc.Arbitrary<Sort> {
  const name = kind === "user" ? "userName" : "displayName";
  const byKey = fc.record({
    kind: fc.constant("key"),
    key: fc.constantFrom("id", name, "externalId", ...textKeys, "nowhere"),
  });
  const byTime = fc.record({ kind: fc.constant("time"), key: fc.constantFrom(...timeKeys) });
  const byElement = fc.record({
    kind: fc.constant("element"),
    list: fc.constantFrom(...lists, "nowhere"),
    key: fc.constantFrom("value", "display"),
  });
  const by: fc.Arbitrary<SortKey> = fc.oneof(byKey, byTime, byElement);
  return fc.record({ by, descending: fc.boolean() });
}

/** The condition with the ids that `idOf` stood for. */
export function withIds(condition: Condition, idFor: (placeholder: string) => string): Condition {
  switch (condition.kind) {
    case "and":
    case "or":
      return { ...condition, terms: condition.terms.map((term) => withIds(term, idFor)) };
    case "not":
      return { ...condition, term: withIds(condition.term, idFor) };
    case "element":
      return { ...condition, where: withIds(condition.where, idFor) };
    case "compare":
      return { ...condition, value: idFor(condition.value) };
    default:
      return condition;
  }
}
