// Random users and operations. Names and values come from small pools, so that operations meet what is there.
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../src/scim/json.ts";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const text = fc.constantFrom("a", "b", "c", "A");
const type = fc.constantFrom("work", "home", "other", "Work");

const element = fc.record(
  { value: text, display: text, type, primary: fc.boolean() },
  { requiredKeys: ["value"], noNullPrototype: true },
);

/** At most the first primary one stays primary. */
function withOnePrimary<Element extends { readonly primary?: boolean }>(
  elements: readonly Element[],
): Element[] {
  const first = elements.findIndex(({ primary }) => primary === true);
  return elements.map((each, index) =>
    each.primary === true && index !== first ? { ...each, primary: false } : each,
  );
}

const elements = fc.array(element, { minLength: 1, maxLength: 4 }).map(withOnePrimary);
const name = fc.record(
  { familyName: text, givenName: text },
  { requiredKeys: ["familyName"], noNullPrototype: true },
);
const extension = fc.record(
  { department: text, manager: fc.record({ value: text }) },
  { requiredKeys: ["department"], noNullPrototype: true },
);

/** Canonical attributes. */
export const users: fc.Arbitrary<JsonObject> = fc.record(
  {
    userName: text,
    title: text,
    active: fc.boolean(),
    name,
    emails: elements,
    roles: elements,
    [enterprise]: extension,
  },
  { requiredKeys: ["userName"], noNullPrototype: true },
);

const nothing = fc.constantFrom<JsonValue[]>(null, [], "", {});
const anything: fc.Arbitrary<JsonValue> = fc.oneof(text, elements, element, name, nothing, fc.constant(7));

const settled: fc.Arbitrary<readonly [path: string, value: JsonValue]> = fc.oneof(
  fc.tuple(fc.constantFrom("title", "displayName", "name.givenName", "department", "manager"), text),
  fc.tuple(fc.constantFrom("emails", "Roles"), fc.oneof(elements, element)),
  fc.tuple(fc.constant("name"), name),
  fc.tuple(fc.constant(enterprise), extension),
  fc.tuple(
    fc.constantFrom('emails[type eq "work"].value', 'roles[primary eq "True"].value', "emails.display"),
    text,
  ),
  fc.tuple(fc.constant('roles[type eq "home"]'), fc.record({ value: text, display: text })),
);

/** Operations that can be repeated: what they select, they do not change. */
export const repeatable: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.tuple(fc.constantFrom("add", "Replace"), settled).map(([op, [path, value]]) => ({ op, path, value })),
  fc
    .tuple(fc.constantFrom("Add", "replace"), settled)
    .map(([op, [path, value]]) => ({ op, value: { [path]: value } })),
  fc.tuple(fc.constant("remove"), settled).map(([op, [path]]) => ({ op, path })),
);

const paths = fc.constantFrom(
  ...[
    "userName",
    "title",
    "active",
    "name",
    "name.familyName",
    "emails",
    "emails.type",
    "emails.primary",
    "roles",
  ],
  ...['emails[type eq "work"]', 'emails[type eq "work"].type', 'emails[value sw "a" or not (type pr)]'],
  ...[
    'emails[type eq "home" and primary eq true].value',
    "roles[primary eq false].primary",
    "roles[value eq a]",
  ],
  ...[
    "manager",
    "manager.value",
    `${enterprise}:department`,
    enterprise,
    "id",
    "groups",
    "nonsense",
    "emails[type",
  ],
);

/** Operations of all kinds, many of which are refused. */
export const operations: fc.Arbitrary<JsonObject> = fc.oneof(
  repeatable,
  fc.record({ op: fc.constantFrom("add", "replace", "remove"), path: paths, value: anything }),
  fc.record({ op: fc.constantFrom("add", "replace"), value: fc.dictionary(paths, anything, { maxKeys: 3 }) }),
);

const hostileNames = fc.constantFrom(
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "__defineGetter__",
);

/** Operations that try to reach what every object inherits. */
export const hostileOperations: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.constantFrom("add", "replace", "remove"),
    fc.array(fc.oneof(hostileNames, fc.constantFrom("name", "emails", enterprise)), {
      minLength: 1,
      maxLength: 3,
    }),
    hostileNames,
    fc.constantFrom(".", ":"),
    fc.boolean(),
  )
  .map(([op, names, inner, joint, hasPath]) => {
    // Parsed, so that __proto__ is a name of its own as it is in a request.
    const value: JsonValue = JSON.parse(
      `{"${names.join(joint)}": {"${inner}": {"polluted": "yes"}}, "${inner}": 1}`,
    );
    return hasPath ? { op, path: names.join(joint), value } : { op, value };
  });
