/** What tests of validation do with a rule and with the error that it leads to. */
import { clone, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, type ConnectError } from "@connectrpc/connect";
import { expect } from "vitest";
import { expectCode } from "./expect.ts";
import { assign, type FieldValue, type RuleCase } from "./rules.ts";

/** One value for one rule, as a row of a table of tests. */
export interface ValueCase {
  readonly place: RuleCase;
  readonly path: string;
  readonly rule: string;
  readonly value: FieldValue;
  /** The value in a few words, for the test's name. */
  readonly text: string;
}

export function valueCases(rules: readonly RuleCase[], kind: "accepted" | "refused"): ValueCase[] {
  return rules.flatMap((place) =>
    place[kind].map((value) => ({ place, path: place.path, rule: place.rule, value, text: show(value) })),
  );
}

function show(value: FieldValue): string {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "bigint" ? Number(item) : item,
  );
  if (text === undefined) return "nothing";
  return text.length > 40 ? `${text.slice(0, 30)}… (${text.length})` : text;
}

/** The message with the value in the rule's place. */
export function changed<Desc extends DescMessage>(
  desc: Desc,
  message: MessageShape<Desc>,
  { place, value }: ValueCase,
): MessageShape<Desc> {
  const copy = clone(desc, message);
  assign(reflect(desc, copy), place.fields, value);
  return copy;
}

/** The call is refused for the value, with the field's path and a violation of it, and without the value. */
export async function expectViolation(call: Promise<unknown>, { path, value }: ValueCase): Promise<void> {
  const error = await expectCode(call, Code.InvalidArgument);
  expect(violationPaths(error)).toContain(path);
  expect(error.rawMessage).toContain(`${path}: `);
  // Short values may be part of a rule's own text.
  if (typeof value === "string" && value.length > 6) expect(publicText(error)).not.toContain(value);
}

/** The paths that the error's Violations detail names. */
function violationPaths(error: ConnectError): string[] {
  return error
    .findDetails(ViolationsSchema)
    .flatMap(({ violations }) =>
      violations.map(({ field }) =>
        (field?.elements ?? [])
          .map(({ fieldName, subscript }) =>
            subscript.case === "index" ? `${fieldName}[${subscript.value}]` : fieldName,
          )
          .join("."),
      ),
    );
}

/** Everything of the error that leaves the process. */
function publicText(error: ConnectError): string {
  const details = error
    .findDetails(ViolationsSchema)
    .flatMap(({ violations }) => violations.map(({ message }) => message));
  return [error.rawMessage, ...details, ...error.metadata.values()].join("\n");
}
