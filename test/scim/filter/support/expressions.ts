/** Any filter that the grammar has, within the bounds of `limits`. */
import fc from "fast-check";
import type { FilterExpression, Literal, PathExpression } from "../../../../src/scim/filter/ast.ts";
import type { Style } from "./print.ts";

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,11}$/);
const urn = fc.constantFrom(
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:",
  "URN:ietf:params:scim:schemas:core:2.0:User:",
  "urn:x-example:a.b:",
);
const sub = fc.oneof({ weight: 5, arbitrary: name }, fc.constant("$ref"));

const attributePath = fc
  .tuple(fc.option(urn, { nil: "" }), name, fc.option(sub, { nil: undefined }))
  .map(([prefix, head, tail]) => `${prefix}${head}${tail === undefined ? "" : `.${tail}`}`);

const storable = fc
  .oneof(fc.string({ maxLength: 12 }), fc.string({ unit: "binary", maxLength: 6 }))
  .filter((value) => !value.includes("\0"));

const numberText = fc
  .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((value) => JSON.stringify(value));

const literal: fc.Arbitrary<Literal> = fc.oneof(
  { weight: 4, arbitrary: storable.map((value): Literal => ({ type: "string", value })) },
  numberText.map((text): Literal => ({ type: "number", text })),
  fc.boolean().map((value): Literal => ({ type: "boolean", value })),
  fc.constant<Literal>({ type: "null" }),
);

const operator = fc.constantFrom("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le");

function testOf(subject: fc.Arbitrary<PathExpression>): fc.Arbitrary<FilterExpression> {
  return fc.oneof(
    subject.map((of): FilterExpression => ({ kind: "present", subject: of })),
    fc.tuple(subject, operator, literal).map(
      ([of, comparison, value]): FilterExpression => ({
        kind: "compare",
        subject: of,
        operator: comparison,
        value,
      }),
    ),
  );
}

/** Trees with `leaf` for leaves: at most 3 levels of 3 terms, which is 27 comparisons. */
function treeOf(leaf: fc.Arbitrary<FilterExpression>): fc.Arbitrary<FilterExpression> {
  const { tree } = fc.letrec<{ tree: FilterExpression }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      leaf,
      fc
        .record({
          kind: fc.constantFrom("and", "or"),
          terms: fc.array(tie("tree"), { minLength: 2, maxLength: 3 }),
        })
        .map((each): FilterExpression => each),
      tie("tree").map((term): FilterExpression => ({ kind: "not", term })),
    ),
  }));
  return tree;
}

const plainSubject = attributePath.map(
  (path): PathExpression => ({ attributePath: path, filter: undefined, subAttribute: undefined }),
);

const valueFilter = treeOf(testOf(plainSubject));

export const paths: fc.Arbitrary<PathExpression> = fc.oneof(
  plainSubject,
  fc.record({
    attributePath,
    filter: valueFilter,
    subAttribute: fc.option(sub, { nil: undefined }),
  }),
);

const selectedSubject: fc.Arbitrary<PathExpression> = fc.record({
  attributePath,
  filter: valueFilter,
  subAttribute: sub,
});

const valuePath = fc
  .record({ attributePath, filter: valueFilter })
  .map((each): FilterExpression => ({ kind: "valuePath", ...each }));

export const expressions: fc.Arbitrary<FilterExpression> = treeOf(
  fc.oneof(
    { weight: 6, arbitrary: testOf(plainSubject) },
    { weight: 1, arbitrary: testOf(selectedSubject) },
    { weight: 1, arbitrary: valuePath },
  ),
);

export const styles: fc.Arbitrary<Style> = fc.record({
  upperCase: fc.boolean(),
  space: fc.constantFrom(" ", "  ", "\t", " \n "),
  grouped: fc.boolean(),
});
