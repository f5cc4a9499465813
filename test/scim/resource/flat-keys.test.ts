import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/scim/json.ts";
import { expandFlatKeys, pathOf } from "../../../src/scim/resource/flat-keys.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";

const { User } = resourceTypes;
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** What each name means, or that it means nothing. */
function meaningsOf(object: JsonObject) {
  return expandFlatKeys(User, object).map(({ name, target, value }) => [
    name,
    target === undefined ? undefined : pathOf(target),
    value,
  ]);
}

describe("names of a body or of a PATCH value", () => {
  it("are attributes, parts of them, and attributes of extensions, in their order", () => {
    const value = {
      DisplayName: "D",
      "name.givenName": "G",
      [`${enterprise}:employeeNumber`]: "7",
      manager: "2",
    };
    expect(meaningsOf(value)).toEqual([
      ["DisplayName", "displayName", "D"],
      ["name.givenName", "name.givenName", "G"],
      [`${enterprise}:employeeNumber`, `${enterprise}:employeeNumber`, "7"],
      ["manager", `${enterprise}:manager`, "2"],
    ]);
  });

  it("are an extension's as a whole: each of its attributes", () => {
    expect(
      meaningsOf({ [enterprise.toUpperCase()]: { Department: "D", badge: 1, "manager.value": "2" } }),
    ).toEqual([
      [`${enterprise}:Department`, `${enterprise}:department`, "D"],
      [`${enterprise}:badge`, undefined, 1],
      [`${enterprise}:manager.value`, `${enterprise}:manager.value`, "2"],
    ]);
  });

  it("are all of an extension's attributes when null clears it", () => {
    const expanded = expandFlatKeys(User, { [enterprise]: null });
    expect(expanded.map(({ target }) => target?.attribute.name)).toEqual([
      "employeeNumber",
      "costCenter",
      "organization",
      "division",
      "department",
      "manager",
    ]);
    expect(expanded.every(({ value }) => value === null)).toBe(true);
  });

  it("that mean nothing are kept for who can read them: Entra ID sends paths with filters", () => {
    expect(meaningsOf({ 'emails[type eq "work"].value': "x", shoeSize: 44 })).toEqual([
      ['emails[type eq "work"].value', undefined, "x"],
      ["shoeSize", undefined, 44],
    ]);
  });

  it("may be there once, however they are written", () => {
    const twice: readonly JsonObject[] = [
      { title: "a", TITLE: "b" },
      { "name.givenName": "a", "NAME.GIVENNAME": "b" },
      { manager: "1", [enterprise]: { manager: "2" } },
      { [enterprise]: { department: "D" }, [enterprise.toLowerCase()]: { department: "E" } },
    ];
    for (const object of twice) {
      expect(() => expandFlatKeys(User, object)).toThrow(
        expect.objectContaining({ status: 400, scimType: "invalidSyntax" }),
      );
    }
    expect(() => expandFlatKeys(User, { unknown: 1, UNKNOWN: 2 })).not.toThrow();
  });
});
