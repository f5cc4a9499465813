import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FilterExpression } from "../../../src/scim/filter/ast.ts";
import { evaluate, evaluateElement } from "../../../src/scim/filter/evaluate.ts";
import { parseFilter } from "../../../src/scim/filter/parser.ts";
import { compileFilter, resolveFilter, resolveValueFilter } from "../../../src/scim/filter/resolve.ts";
import { toSearchElement } from "../../../src/scim/resource/search-document.ts";
import type { Attribute } from "../../../src/scim/schema/attribute.ts";
import { resolvePath, resourceTypes } from "../../../src/scim/schema/registry.ts";
import { documents } from "./support/documents.ts";
import { refusalOf } from "./support/refusal.ts";

const seed = process.env.FUZZ_SEED === undefined ? 20_260_101 : Number(process.env.FUZZ_SEED);
const { User, Group } = resourceTypes;
const manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

function attributeOf(name: string): Attribute {
  const target = resolvePath(User, name) ?? resolvePath(Group, name);
  if (target?.kind !== "attribute") throw new Error(`no attribute ${name}`);
  return target.attribute;
}

describe("a condition has", () => {
  const equal = (key: string, value: string) => ({ kind: "compare", key, operator: "eq", value });

  it.each([
    ['USERNAME eq "X"', equal("userName", "x")],
    ['externalId eq "X"', equal("externalId", "X")],
    ['id eq "X"', equal("id", "X")],
    ['active eq "TRUE"', equal("active", "true")],
    ['NAME.familyname eq "X"', equal("name.familyName", "x")],
    ['manager eq "X"', equal(`${manager}.value`, "X")],
    ['Manager.DisplayName eq "X"', equal(`${manager}.displayName`, "x")],
    ["title pr", { kind: "present", key: "title" }],
    ["title eq null", { kind: "not", term: { kind: "present", key: "title" } }],
    ['title ne "X"', { kind: "not", term: equal("title", "x") }],
    ['emails eq "X"', { kind: "element", list: "emails", where: equal("value", "x") }],
    ['emails.value eq "X"', { kind: "element", list: "emails", where: equal("value", "x") }],
    ['Emails[Value eq "X"]', { kind: "element", list: "emails", where: equal("value", "x") }],
    ['groups.value eq "X"', { kind: "element", list: "groups", where: equal("value", "X") }],
    [
      'emails[type eq "Work"].value eq "X"',
      {
        kind: "element",
        list: "emails",
        where: { kind: "and", terms: [equal("type", "work"), equal("value", "x")] },
      },
    ],
    [
      'emails[type eq "Work"].value ne "X"',
      {
        kind: "not",
        term: {
          kind: "element",
          list: "emails",
          where: { kind: "and", terms: [equal("type", "work"), equal("value", "x")] },
        },
      },
    ],
    [
      "emails pr",
      {
        kind: "element",
        list: "emails",
        where: {
          kind: "or",
          terms: ["value", "display", "type", "primary"].map((key) => ({ kind: "present", key })),
        },
      },
    ],
    [
      'meta.created gt "1970-01-01T00:00:01Z"',
      { kind: "time", key: "meta.created", operator: "gt", valueMs: 1_000 },
    ],
    ['meta.resourceType eq "User"', { kind: "constant", value: true }],
    ['meta.resourceType eq "Group"', { kind: "constant", value: false }],
  ])("canonical keys and comparable values: %s", (filter, condition) => {
    expect(compileFilter(User, filter)).toEqual(condition);
  });

  it.each(['members eq "U"', 'members.value eq "U"', 'Members[value eq "U"]'])(
    "one form for a member, however it is asked for: %s",
    (filter) => {
      expect(compileFilter(Group, filter)).toEqual({
        kind: "element",
        list: "members",
        where: equal("value", "U"),
      });
    },
  );

  it("no $ref in what it asks of members, which is not kept", () => {
    const keys = ["value", "type", "display"];
    expect(compileFilter(Group, "members pr")).toEqual({
      kind: "element",
      list: "members",
      where: { kind: "or", terms: keys.map((key) => ({ kind: "present", key })) },
    });
  });
});

describe("in a search over several types, an attribute that one of them lacks", () => {
  const constant = (value: boolean) => ({ kind: "constant", value });

  it.each([
    ['userName eq "x"', constant(false)],
    ['userName ne "x"', { kind: "not", term: constant(false) }],
    ["userName pr", constant(false)],
    ["userName eq null", { kind: "not", term: constant(false) }],
    ['emails[type eq "work"]', constant(false)],
    ['emails[type eq "work"].value gt "x"', constant(false)],
    ["password pr", constant(false)],
    [
      'members[unknown eq "x" or value eq "u"]',
      {
        kind: "element",
        list: "members",
        where: {
          kind: "or",
          terms: [constant(false), { kind: "compare", key: "value", operator: "eq", value: "u" }],
        },
      },
    ],
  ])("has no value: %s", (filter, condition) => {
    expect(compileFilter(Group, filter, { unknown: "matches nothing" })).toEqual(condition);
  });

  it("is refused all the same when it is compared as nothing can be", () => {
    const act = () => compileFilter(Group, "userName gt null", { unknown: "matches nothing" });
    expect(refusalOf(act)).toMatchObject({ status: 400, scimType: "invalidFilter" });
  });

  it("changes nothing for a type that has it", () => {
    const act = () => compileFilter(User, "password pr", { unknown: "matches nothing" });
    expect(refusalOf(act)).toMatchObject({ status: 403, scimType: "sensitive" });
  });
});

describe("the filter of an element", () => {
  const work = { type: "Work", value: "A@example.com", primary: true };

  it.each([
    ['type eq "work"', work, true],
    ['TYPE eq "WORK" and Value ew "@EXAMPLE.com"', work, true],
    ['type eq "home"', work, false],
    ['primary eq "True"', work, true],
    ["primary eq false", work, false],
    ["primary eq false", { type: "home" }, true],
    ["primary ne true", { type: "home" }, true],
    ["primary pr", { type: "home" }, false],
    ["value eq null", { type: "home" }, true],
    ['not (value co "x")', { type: "home" }, true],
  ])("%s of %j holds: %s", (filter, element, expected) => {
    const emails = attributeOf("emails");
    const condition = resolveValueFilter(emails, parseFilter(filter));
    expect(evaluateElement(condition, toSearchElement(emails, element))).toBe(expected);
  });

  it("asks for the id of a member as it is written", () => {
    const condition = resolveValueFilter(attributeOf("members"), parseFilter('value eq "A"'));
    expect(evaluateElement(condition, { value: "A" })).toBe(true);
    expect(evaluateElement(condition, { value: "a" })).toBe(false);
  });

  it.each(["unknown pr", "emails.value pr", "constructor pr", "$ref pr", "primary gt true", "value gt null"])(
    "is refused: %s",
    (filter) => {
      const act = () => resolveValueFilter(attributeOf("emails"), parseFilter(filter));
      expect(refusalOf(act)).toMatchObject({ status: 400, scimType: "invalidFilter" });
    },
  );

  it("is refused when another is within it, which no parser lets through", () => {
    const inner: FilterExpression = {
      kind: "valuePath",
      attributePath: "value",
      filter: parseFilter("type pr"),
    };
    const refused = { status: 400, scimType: "invalidFilter" };
    expect(refusalOf(() => resolveValueFilter(attributeOf("emails"), inner))).toMatchObject(refused);
    const outer: FilterExpression = { kind: "valuePath", attributePath: "emails", filter: inner };
    expect(refusalOf(() => resolveFilter(User, outer))).toMatchObject(refused);
    const selected: FilterExpression = {
      kind: "present",
      subject: { attributePath: "value", filter: parseFilter("type pr"), subAttribute: "type" },
    };
    expect(refusalOf(() => resolveValueFilter(attributeOf("emails"), selected))).toMatchObject(refused);
  });
});

describe("one rule for what has no value", () => {
  const paths = fc.constantFrom(
    ...[
      "userName",
      "title",
      "externalId",
      "id",
      "name.givenName",
      "manager",
      "manager.displayName",
      "emails",
    ],
    ...["emails.type", 'emails[type eq "work"].value', "roles[primary eq false].value", "groups", "schemas"],
    ...["addresses.locality", 'name[familyName eq "jensen"].givenName'],
  );
  const values = fc.constantFrom(
    ...["bare", "Tour Guide", "JYoung", "Barbara", "work", "babs@jensen.org", "Reader", "Hollywood", ""],
    ...["urn:ietf:params:scim:schemas:core:2.0:User", "2819c223-7f76-453a-919d-413861904646"],
  );
  const selectedBy = (filter: string) => {
    const condition = compileFilter(User, filter);
    return [...documents.User.keys()].filter((name) => {
      const document = documents.User.get(name);
      return document !== undefined && evaluate(condition, document);
    });
  };
  const without = (names: readonly string[]) =>
    [...documents.User.keys()].filter((name) => !names.includes(name));

  it(`makes ne the negation of eq, for every attribute (FUZZ_SEED=${seed})`, () => {
    const sizes = new Set<number>();
    fc.assert(
      fc.property(paths, values, (path, value) => {
        const equal = selectedBy(`${path} eq "${value}"`);
        sizes.add(equal.length);
        expect(selectedBy(`${path} ne "${value}"`)).toEqual(without(equal));
        expect(selectedBy(`not (${path} eq "${value}")`)).toEqual(without(equal));
      }),
      { seed, numRuns: 500 },
    );
    expect(sizes.size).toBeGreaterThan(2);
  });

  it(`makes null the negation of pr, for every attribute (FUZZ_SEED=${seed})`, () => {
    fc.assert(
      fc.property(paths, (path) => {
        const present = selectedBy(`${path} pr`);
        expect(selectedBy(`${path} eq null`)).toEqual(without(present));
        expect(selectedBy(`${path} ne null`)).toEqual(present);
      }),
      { seed, numRuns: 100 },
    );
  });
});
