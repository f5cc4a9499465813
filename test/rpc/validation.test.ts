// Every rule of every built method's request, at its bound and one past it, generated from the descriptors.
import { clone, type DescMessage, type Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { ViolationsSchema } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../support/server.ts";
import { expectCode, present } from "./support/expect.ts";
import { type BuiltMethod, builtMethods, invoke } from "./support/methods.ts";
import { valuesOf } from "./support/rule-values.ts";
import { assign, type FieldValue, type RuleCase, rulesOf } from "./support/rules.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

function changed(desc: DescMessage, message: Message, rule: RuleCase, value: FieldValue): Message {
  const copy = clone(desc, message);
  assign(reflect(desc, copy), rule.fields, value);
  return copy;
}

function call({ method }: BuiltMethod, request: Message): Promise<unknown> {
  return invoke(
    server.transport({ token: server.operatorToken, protocol: "connect", codec: "binary" }),
    method,
    request,
  );
}

function show(value: FieldValue): string {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "bigint" ? Number(item) : item,
  );
  return text === undefined ? "nothing" : text.length > 40 ? `${text.slice(0, 30)}… (${text.length})` : text;
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

const methodsWithRules = builtMethods
  .map((built) => ({ name: built.name, built, rules: rulesOf(built.method.input) }))
  .filter(({ rules }) => rules.length > 0);

it("has rules to test on all built methods that take anything", () => {
  const without = builtMethods.filter(({ method }) => rulesOf(method.input).length === 0);
  expect(without.filter(({ method }) => method.input.fields.length > 0)).toEqual([]);
  expect(methodsWithRules.flatMap(({ rules }) => rules).length).toBeGreaterThan(80);
});

it("fails for a kind of rule that it has no values for", () => {
  const [field] = present(methodsWithRules[0]).built.method.input.fields;
  const context = { field: present(field), inItems: false, siblings: new Map(), items: new Map() };
  expect(() => valuesOf("string.email", true, context)).toThrow("no case for the rule string.email");
});

describe.each(methodsWithRules)("$name", ({ built, rules }) => {
  let world: World;

  beforeAll(async () => {
    world = await createWorld(server);
  });

  const refusals = rules.flatMap((rule) =>
    rule.refused.map((value) => ({ ...rule, value, text: show(value), place: rule })),
  );
  it.each(refusals)("refuses $path ($rule) of $text", async ({ place, value, path }) => {
    const request = changed(built.method.input, built.request(world), place, value);
    const error = await expectCode(call(built, request), Code.InvalidArgument);
    expect(violationPaths(error)).toContain(path);
    expect(error.rawMessage).toContain(`${path}: `);
    // Short values may be part of a rule's own text.
    if (typeof value === "string" && value.length > 6) expect(publicText(error)).not.toContain(value);
  });

  const acceptances = rules.flatMap((rule) =>
    rule.accepted.map((value) => ({ ...rule, value, text: show(value), place: rule })),
  );
  if (acceptances.length > 0) {
    it.each(acceptances)("accepts $path ($rule) of $text", async ({ place, rule, value }) => {
      const request = changed(built.method.input, built.request(world), place, value);
      const outcome = await call(built, request).catch((error: unknown) => error);
      // A fresh id names nothing, which is for the handler to find out; every other value has to be taken.
      const code = outcome instanceof ConnectError ? outcome.code : "ok";
      expect(outcome).not.toBeInstanceOf(TypeError);
      expect(rule === "string.uuid" ? ["ok", Code.NotFound] : ["ok"]).toContain(code);
    });
  }
});
