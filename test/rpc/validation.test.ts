// Every rule of every method's request, at its bound and one past it, generated from the descriptors.
import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { protocols, startTestServer, type TestServer } from "../support/server.ts";
import { present } from "./support/expect.ts";
import { type BuiltMethod, builtMethods, invoke, invokeAny } from "./support/methods.ts";
import { valuesOf } from "./support/rule-values.ts";
import { rulesOf, smallestValid } from "./support/rules.ts";
import { changed, expectViolation, type ValueCase, valueCases } from "./support/violations.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const transport = () =>
  server.transport({ token: server.operatorToken, protocol: "connect", codec: "binary" });
const call = ({ method }: BuiltMethod, request: Message) => invoke(transport(), method, request);

const built = builtMethods
  .map((each) => ({ name: each.name, built: each, rules: rulesOf(each.method.input) }))
  .filter(({ rules }) => rules.length > 0);

it("has rules to test on all built methods that take anything", () => {
  const without = builtMethods.filter(({ method }) => rulesOf(method.input).length === 0);
  expect(without.filter(({ method }) => method.input.fields.length > 0)).toEqual([]);
  expect(built.flatMap(({ rules }) => rules).length).toBeGreaterThan(80);
});

it("fails for a kind of rule that it has no values for", () => {
  const field = present(present(built[0]).built.method.input.fields[0]);
  const context = { field, inItems: false, siblings: new Map(), items: new Map() };
  expect(() => valuesOf("string.email", true, context)).toThrow("no case for the rule string.email");
});

/**
 * What the rules of the contract accept, and the handler cannot: the operator's look-up by name, a subject without id, the
 * operator's own organization.
 */
const refusedByHandlers = [
  "GroupService/GetGroup name string.min_len",
  "GroupService/GetGroup name string.max_len",
  "GroupService/GetMembership subject.id ignore",
  "GroupService/CreateMembership subject.id ignore",
  "EventService/ListAuditLogs organization_id ignore",
];

function answersTo({ name }: BuiltMethod, { path, rule }: ValueCase): readonly (Code | "ok")[] {
  if (refusedByHandlers.includes(`${name} ${path} ${rule}`)) return [Code.InvalidArgument];
  // The operator calls here, who is no person.
  if (name === "OrganizationService/JoinOrganization") return [Code.FailedPrecondition];
  // People alone can be in a group; the contract knows more kinds of subjects.
  if (name === "GroupService/CreateMembership" && path === "subject.principal") {
    return ["ok", Code.InvalidArgument];
  }
  // A fresh id names nothing, which is for the handler to find out; every other value has to be taken.
  return rule === "string.uuid" ? ["ok", Code.NotFound] : ["ok"];
}

describe.each(built)("$name", ({ built: each, rules }) => {
  let world: World;

  beforeAll(async () => {
    world = await createWorld(server);
  });

  it.each(valueCases(rules, "refused"))("refuses $path ($rule) of $text", async (value) => {
    await expectViolation(call(each, changed(each.method.input, each.request(world), value)), value);
  });

  const accepted = valueCases(rules, "accepted");
  if (accepted.length > 0) {
    it.each(accepted)("accepts $path ($rule) of $text", async (value) => {
      const request = changed(each.method.input, each.request(world), value);
      const outcome = await call(each, request).catch((error: unknown) => error);
      const code = outcome instanceof ConnectError ? outcome.code : "ok";
      expect(answersTo(each, value)).toContain(code);
    });
  }
});

describe.each(protocols)("over %s", (protocol) => {
  const one = built.map(({ name, built: { method } }) => ({ name, method }));

  it.each(one)("$name tells the first rule that is broken", async ({ method }) => {
    const value = present(valueCases(rulesOf(method.input), "refused")[0]);
    const request = changed(method.input, smallestValid(method.input), value);
    const calls = invokeAny(server.transport({ token: server.operatorToken, protocol }), method, request);
    await expectViolation(calls, value);
  });
});
