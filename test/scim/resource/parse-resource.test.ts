import { describe, expect, it } from "vitest";
import { ScimError } from "../../../src/scim/error.ts";
import type { JsonValue } from "../../../src/scim/json.ts";
import { limits } from "../../../src/scim/limits.ts";
import { parseJson } from "../../../src/scim/parse-json.ts";
import { parseResource } from "../../../src/scim/resource/parse-resource.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import { readRows } from "../support/fixtures.ts";

const { User, Group } = resourceTypes;

describe("a body is taken:", () => {
  it.each(readRows("parse-resource-valid.json"))("$name", (row) => {
    const { attributes, members } = parseResource(row.type, row.value("body"));
    // As text, so that the order of names counts.
    expect(JSON.stringify(attributes)).toBe(JSON.stringify(row.value("attributes")));
    expect(members).toEqual(row.has("members") ? row.value("members") : undefined);
  });
});

describe("a body is refused:", () => {
  it.each(readRows("parse-resource-invalid.json"))("$name", (row) => {
    const error = refusalOf(() => parseResource(row.type, row.value("body")));
    expect(error).toMatchObject({ status: 400, scimType: row.text("scimType"), message: row.text("detail") });
  });
});

describe("the length of text", () => {
  const enterprise = User.extensions[0]?.id ?? "";
  const bounded: readonly [string, number, (text: string) => JsonValue][] = [
    ["userName", limits.keyMaxLength, (text) => ({ userName: text })],
    ["emails.value", limits.keyMaxLength, (text) => ({ userName: "a", emails: [{ value: text }] })],
    ["externalId", limits.exactKeyMaxLength, (text) => ({ userName: "a", externalId: text })],
    ["title", limits.stringMaxLength, (text) => ({ userName: "a", title: text })],
    ["profileUrl", limits.longStringMaxLength, (text) => ({ userName: "a", profileUrl: text })],
    ["photos.value", limits.longStringMaxLength, (text) => ({ userName: "a", photos: [{ value: text }] })],
    [
      "x509Certificates.value",
      limits.longStringMaxLength,
      (text) => ({ userName: "a", x509Certificates: [text] }),
    ],
    [`${enterprise}:manager.value`, limits.stringMaxLength, (text) => ({ userName: "a", manager: text })],
  ];

  it.each(bounded)("of %s is at most %d", (path, lengthMax, bodyWith) => {
    expect(() => parseResource(User, bodyWith("x".repeat(lengthMax)))).not.toThrow();
    const error = refusalOf(() => parseResource(User, bodyWith("x".repeat(lengthMax + 1))));
    expect(error).toMatchObject({
      scimType: "invalidValue",
      message: `${path} must not be longer than ${lengthMax} characters.`,
    });
  });

  it("of a group's displayName is at most that of a key", () => {
    const bodyOf = (length: number) => ({ displayName: "x".repeat(length) });
    expect(() => parseResource(Group, bodyOf(limits.keyMaxLength))).not.toThrow();
    const error = refusalOf(() => parseResource(Group, bodyOf(limits.keyMaxLength + 1)));
    expect(error.message).toBe("displayName must not be longer than 256 characters.");
  });
});

it("a user's values are bounded in number, a group's members are not", () => {
  const emails = Array.from({ length: limits.elementsMax + 1 }, (_, index) => ({ value: `${index}` }));
  const error = refusalOf(() => parseResource(User, { userName: "a", emails }));
  expect(error.message).toBe("emails must not have more than 1000 values.");
  expect(parseResource(User, { userName: "a", emails: emails.slice(1) }).attributes.emails).toHaveLength(
    1_000,
  );
  expect(parseResource(Group, { displayName: "g", members: emails }).members).toHaveLength(1_001);
});

it("what is refused is not repeated in the error", () => {
  const secret = "s3cret-value";
  const bodies: readonly JsonValue[] = [
    { userName: [secret, secret] },
    { userName: "a", active: secret },
    { userName: "a", name: secret },
    { userName: "a", schemas: [secret] },
    { userName: "a", x509Certificates: [`!${secret}`] },
  ];
  for (const body of bodies) expect(refusalOf(() => parseResource(User, body)).message).not.toContain(secret);
});

it("a name is only ever the body's own: nothing is inherited, and nothing is left on prototypes", () => {
  const body = parseJson('{"userName":"a","__proto__":{"title":"t"},"name":{"__proto__":{"givenName":"g"}}}');
  expect(parseResource(User, body).attributes).toEqual({ userName: "a" });
  expect(Object.hasOwn(Object.prototype, "title")).toBe(false);
  expect(Object.hasOwn(Object.prototype, "givenName")).toBe(false);
});

function refusalOf(run: () => unknown): ScimError {
  try {
    run();
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  return expect.unreachable("nothing was refused");
}
