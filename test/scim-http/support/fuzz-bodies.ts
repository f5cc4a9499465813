/** Bodies to be spoiled, and some that are spoiled from the start. */
import fc from "fast-check";
import { patchOp } from "./client.ts";
import { enterpriseSchema, fullUser, group, userSchema } from "./resources.ts";

interface Sample {
  readonly method: string;
  readonly target: string;
  readonly body: unknown;
}

const patch = (...Operations: readonly unknown[]) => ({ schemas: [patchOp], Operations });
/** `{unique}` is another in every request; `{user}` and `{group}` are there. */
const user = fullUser("{unique}", {
  schemas: [userSchema, enterpriseSchema],
  addresses: [{ type: "work", country: "US", primary: false }],
  [enterpriseSchema]: { department: "D", manager: { value: "{user}" } },
});

export const bodies: readonly Sample[] = [
  { method: "POST", target: "/Users", body: user },
  { method: "PUT", target: "/Users/{user}", body: { ...user, userName: "{user}" } },
  { method: "POST", target: "/Groups", body: group("{unique}", ["{user}"]) },
  { method: "PUT", target: "/Groups/{group}", body: group("{group}", ["{user}"]) },
  {
    method: "PATCH",
    target: "/Users/{user}",
    body: patch(
      { op: "Replace", path: 'emails[type eq "work"].value', value: "{unique}@a.example" },
      {
        op: "add",
        value: { "name.givenName": "A", [`${enterpriseSchema}:department`]: "D", active: "True" },
      },
      { op: "Add", path: "manager", value: [{ $ref: "x", value: "{user}" }] },
    ),
  },
  {
    method: "PATCH",
    target: "/Groups/{group}",
    body: patch(
      { op: "Add", path: "members", value: [{ $ref: null, value: "{user}" }] },
      { op: "Remove", path: "members", value: [{ value: "{user}" }] },
      { op: "replace", value: { id: "{group}", displayName: "{group}" } },
    ),
  },
  {
    method: "POST",
    target: "/Bulk",
    body: {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
      failOnErrors: 2,
      Operations: [
        { method: "POST", path: "/Users", bulkId: "one", data: fullUser("one{unique}") },
        {
          method: "POST",
          path: "/Groups",
          bulkId: "two",
          data: group("Bulk", ["bulkId:one", "bulkId:three"]),
        },
        {
          method: "PATCH",
          path: "/Groups/{group}",
          version: '"1"',
          data: patch({ op: "remove", path: "members" }),
        },
        { method: "PUT", path: "/Users/{user}", data: user },
      ],
    },
  },
  {
    method: "POST",
    target: "/Users/.search",
    body: {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
      attributes: ["userName"],
      filter: "userName pr",
      sortBy: "userName",
      startIndex: 1,
      count: 2,
    },
  },
];

/** A value of any shape for one operation at the path. */
export function patchWith(op: string, path: string): fc.Arbitrary<object> {
  const value = fc.oneof(
    fc.constantFrom<unknown>("x", "", null, true, 7, [], {}, [null], [[]], [{ value: "{user}" }], {
      value: "{user}",
    }),
    fc.constantFrom<unknown>({ type: "work", value: "y", primary: true }, [
      { primary: true },
      { primary: true },
    ]),
    fc.jsonValue({ maxDepth: 3 }),
  );
  return value.map((each) => patch({ op, path, value: each }));
}

const deep = (depth: number): string => `${'{"name":'.repeat(depth)}1${"}".repeat(depth)}`;

export const hostileJson: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.uint8Array({ maxLength: 64 }),
  fc.string({ maxLength: 40, unit: "binary" }),
  fc.integer({ min: 1, max: 3_000 }).map(deep),
  fc.constantFrom(
    "",
    "null",
    "[]",
    "{}",
    '{"__proto__":{"active":false},"userName":"a"}',
    '{"constructor":{"prototype":{"x":1}},"userName":"a"}',
    '{"schemas":null,"userName":null}',
    '{"userName":1e400}',
    '{"userName":-0,"active":1e-400}',
    '{"userName":"\\ud800"}',
    '{"userName":"a\\u0000"}',
    '{"userName":"a","userName":"b","USERNAME":"c"}',
    '\ufeff{"userName":"bom"}',
    `{"schemas":["${patchOp}"],"Operations":[{"op":"add","path":"__proto__.x","value":1}]}`,
    `{"schemas":["${patchOp}"],"Operations":[{"op":"add","value":{"__proto__":{"x":1},"constructor.prototype.x":1}}]}`,
    `{"schemas":["${patchOp}"],"Operations":[${"null,".repeat(2000)}null]}`,
  ),
);
