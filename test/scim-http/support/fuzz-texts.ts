/** Filters, paths and queries with something wrong in them. */
import fc from "fast-check";

const goodFilters = [
  'userName eq "bjensen@example.com"',
  'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp"]',
  'title pr and not (userType eq "Employee" or userType eq "Intern")',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "x"',
  'meta.lastModified ge "2011-05-13T04:42:34Z"',
  'id eq "{user}" and manager eq "{user}"',
  'members[value eq "{user}"]',
  'displayName sw "a" and members eq "{user}"',
  'emails[type eq "work"].value eq "x"',
  "active eq true",
];
const goodPaths = [
  "userName",
  "name.familyName",
  "emails",
  'emails[type eq "work"].value',
  'members[value eq "{user}"]',
  "members",
  "manager",
  "active",
  "displayName",
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
  'addresses[type eq "work" and country eq "US"].locality',
  'phoneNumbers[not (type eq "fax")].primary',
];
const pieces = [
  ...[
    "(",
    ")",
    "[",
    "]",
    '"',
    "\\",
    ".",
    ":",
    " ",
    "  ",
    "\t",
    "\n",
    "\0",
    "'",
    "%",
    "_",
    "*",
    "\u00e9",
    "\u{1f600}",
    "\ud800",
  ],
  ...[
    "eq",
    "ne",
    "pr",
    "and",
    "or",
    "not",
    "not (",
    "null",
    "true",
    "1e999",
    "-1",
    '"\\u0000"',
    '"\\ud800"',
    '"\\x"',
  ],
  ...[
    "__proto__",
    "constructor",
    "prototype.x",
    "toString",
    "password",
    "id",
    "meta",
    "groups",
    "schemas",
    "$ref",
  ],
  ...[
    "urn:",
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "x".repeat(5000),
    "(".repeat(50),
    "emails[".repeat(5),
  ],
];

type TextMutation = (text: string) => string;
const share = fc.double({ min: 0, max: 1, noNaN: true });
const cut = (text: string, at: number): number => Math.floor(at * (text.length + 1));

const textMutation: fc.Arbitrary<TextMutation> = fc.oneof(
  fc.tuple(share, fc.constantFrom(...pieces)).map(
    ([at, piece]): TextMutation =>
      (text) => {
        return text.slice(0, cut(text, at)) + piece + text.slice(cut(text, at));
      },
  ),
  fc.tuple(share, fc.nat(6)).map(
    ([at, length]): TextMutation =>
      (text) => {
        return text.slice(0, cut(text, at)) + text.slice(cut(text, at) + length);
      },
  ),
  fc.tuple(fc.nat(8), fc.constantFrom(...pieces)).map(
    ([skip, piece]): TextMutation =>
      (text) => {
        const words = text.split(" ");
        words[skip % words.length] = piece;
        return words.join(" ");
      },
  ),
  fc.integer({ min: 2, max: 120 }).map(
    (times): TextMutation =>
      (text) => {
        return Array.from({ length: times }, () => text).join(" or ");
      },
  ),
  fc.integer({ min: 1, max: 60 }).map(
    (depth): TextMutation =>
      (text) => {
        return "not (".repeat(depth) + text + ")".repeat(depth);
      },
  ),
  fc.string({ maxLength: 30, unit: "binary" }).map(
    (text): TextMutation =>
      () =>
        text,
  ),
);

/** Far beyond what a filter may have; more would only be a body that is too large. */
const textMaxLength = 200_000;

function spoiled(good: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...good), fc.array(textMutation, { maxLength: 3 }))
    .map(([text, mutations]) =>
      mutations.reduce((current, mutate) => mutate(current).slice(0, textMaxLength), text),
    );
}

export const filter = spoiled(goodFilters);
export const path = spoiled(goodPaths);

/** Of half a pair of surrogates, which has no bytes, something else is made. */
const encoded = (text: string): string =>
  encodeURIComponent(text.slice(0, 6_000).toWellFormed()).replaceAll("%7Buser%7D", "{user}");

const number = fc.oneof(
  fc.constantFrom(
    "0",
    "-1",
    "1",
    "1e9",
    "NaN",
    "1.5",
    "",
    "0x1",
    "99999999999999999999",
    "+1",
    "%D9%A3",
    "1%00",
  ),
  fc.integer().map(String),
);
const name = fc.oneof(
  fc.constantFrom(
    "userName",
    "emails.value",
    "meta.created",
    "id",
    "password",
    "members",
    "__proto__",
    "a.b.c",
  ),
  path,
);
const parameter = fc.oneof(
  { weight: 4, arbitrary: filter.map((text) => `filter=${encoded(text)}`) },
  fc.tuple(fc.constantFrom("count", "startIndex"), number).map(([key, value]) => `${key}=${value}`),
  fc
    .tuple(fc.constantFrom("sortBy", "attributes", "excludedAttributes"), name)
    .map(([key, value]) => `${key}=${encoded(value)}`),
  fc.constantFrom(
    "sortOrder=descending",
    "sortOrder=up",
    "cursor",
    "cursor=",
    "cursor=abc",
    "&",
    "=",
    "filter",
    "%",
    "%ff=%fe",
  ),
  fc.base64String({ maxLength: 80 }).map((text) => `cursor=${encodeURIComponent(text)}`),
  fc.webQueryParameters({ size: "small" }),
);

export const query = fc
  .array(parameter, { minLength: 1, maxLength: 3 })
  .map((parameters) => parameters.join("&"));
