import { describe, expect, it } from "vitest";
import type { GroupId, UserId } from "../../src/base/ids.ts";
import { groupMembershipId } from "../../src/storage/operations/group-membership-id.ts";
import { newId } from "../support/storage-records.ts";

describe("the id of a membership", () => {
  it("is a UUID of version 8 and the variant of RFC 9562", () => {
    for (let round = 0; round < 200; round += 1) {
      expect(groupMembershipId(newId(), newId())).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }
  });

  it("is the same for the same two, and another for any other two", () => {
    const groups = [newId<GroupId>(), newId<GroupId>()];
    const users = [newId<UserId>(), newId<UserId>()];
    const ids = () => groups.flatMap((group) => users.map((user) => groupMembershipId(group, user)));
    expect(ids()).toEqual(ids());
    expect(new Set(ids()).size).toBe(4);
  });
});
