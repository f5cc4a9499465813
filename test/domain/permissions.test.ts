import { describe, expect, it } from "vitest";
import {
  type OperatorId,
  type OrganizationId,
  type PersonalAccessTokenId,
  parseId,
  type UserId,
} from "../../src/base/ids.ts";
import { DomainError } from "../../src/domain/errors.ts";
import { authorize, requireOperator, requireWritable } from "../../src/domain/permissions.ts";
import type { Principal, User } from "../../src/domain/principal.ts";

const uuid = (digit: number) => `0189${digit}a5d-ac96-774b-bcce-b302099a8057`;
const own = parseId<OrganizationId>(uuid(1));
const foreign = parseId<OrganizationId>(uuid(2));
const operator: Principal = { kind: "operator", id: parseId<OperatorId>(uuid(3)) };
const member: User = {
  kind: "user",
  id: parseId<UserId>(uuid(4)),
  organizationId: own,
  role: "member",
  tokenId: parseId<PersonalAccessTokenId>(uuid(5)),
  readOnly: false,
};
const admin: User = { ...member, role: "admin" };

function outcome(action: () => unknown): string {
  try {
    action();
    return "ok";
  } catch (error) {
    if (error instanceof DomainError) return error.kind;
    throw error;
  }
}

describe("authorize", () => {
  it.each([
    ["operator", operator, "admin", own, "ok"],
    ["operator", operator, "admin", foreign, "ok"],
    ["operator", operator, "member", undefined, "not_found"],
    ["admin", admin, "admin", own, "ok"],
    ["admin", admin, "member", own, "ok"],
    ["admin", admin, "admin", foreign, "not_found"],
    ["admin", admin, "member", foreign, "not_found"],
    ["admin", admin, "member", undefined, "not_found"],
    ["member", member, "member", own, "ok"],
    ["member", member, "admin", own, "permission_denied"],
    // Not permission_denied: that would tell that it exists.
    ["member", member, "admin", foreign, "not_found"],
    ["member", member, "admin", undefined, "not_found"],
  ] as const)("an %s asking as %s for %s of %s: %s", (_who, principal, role, owner, expected) => {
    expect(outcome(() => authorize(principal, role, "scim_configuration", owner))).toBe(expected);
  });

  it("gives the owner, in which the call then acts", () => {
    expect(authorize(operator, "admin", "organization", foreign)).toBe(foreign);
    expect(authorize(admin, "admin", "organization", own)).toBe(own);
  });

  it.each([
    "organization",
    "user",
    "sso_configuration",
    "scim_configuration",
    "personal_access_token",
    "group",
  ] as const)("has one text for a foreign %s and for one that never existed", (kind) => {
    const textFor = (owner: OrganizationId | undefined): string => {
      try {
        return authorize(admin, "member", kind, owner);
      } catch (error) {
        return String(error);
      }
    };
    expect(textFor(foreign)).toBe(textFor(undefined));
    expect(textFor(foreign)).toMatch(/ not found$/);
  });
});

describe("requireOperator", () => {
  it("admits nobody else", () => {
    expect(outcome(() => requireOperator(operator))).toBe("ok");
    expect(outcome(() => requireOperator(admin))).toBe("permission_denied");
    expect(outcome(() => requireOperator(member))).toBe("permission_denied");
  });
});

describe("requireWritable", () => {
  it("refuses read-only tokens, whatever the role", () => {
    expect(outcome(() => requireWritable(operator))).toBe("ok");
    expect(outcome(() => requireWritable(member))).toBe("ok");
    expect(outcome(() => requireWritable({ ...admin, readOnly: true }))).toBe("permission_denied");
  });
});
