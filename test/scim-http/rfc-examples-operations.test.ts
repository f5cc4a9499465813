/** The examples of RFC 7644 sections 3.5.2, 3.7, 3.12 and 3.14, sent as they stand there. */
import { describe, expect, it } from "vitest";
import { patchOp } from "./support/client.ts";
import { scimServer } from "./support/directory.ts";
import { expectError, expectNoContent, expectOk, versionOf } from "./support/expect.ts";
import { listAt, pluck, textAt } from "./support/json.ts";
import {
  createGroup,
  createUser,
  fullUser,
  group,
  groupSchema,
  minimalUser,
  userSchema,
} from "./support/resources.ts";

const { directory } = scimServer();

describe("the operations of RFC 7644 section 3.5.2", () => {
  it("3.5.2.1: adds a member to a group", async () => {
    const { scim } = await directory();
    const babs = await createUser(scim, minimalUser("babs", { displayName: "Babs Jensen" }));
    const path = `/Groups/${await createGroup(scim, group("Tour Guides"))}`;
    const value = [{ display: "Babs Jensen", $ref: `https://example.com/v2/Users/${babs}`, value: babs }];
    expectNoContent(await scim.patch(path, [{ op: "add", path: "members", value }]));
    expectOk(await scim.get(path), 200, { members: [{ value: babs, display: "Babs Jensen" }] });
  });

  it("3.5.2.1: adds attributes without a path", async () => {
    const { scim } = await directory();
    const path = `/Users/${await createUser(scim, minimalUser("babs"))}`;
    const value = { emails: [{ value: "babs@jensen.org", type: "home" }], nickname: "Babs" };
    expectOk(await scim.patch(path, [{ op: "add", value }]), 200, {
      emails: [{ value: "babs@jensen.org", type: "home" }],
      nickName: "Babs",
    });
  });

  it("3.5.2.2: removes one member, all, and some that a filter selects", async () => {
    const { scim } = await directory();
    const [babs, james] = [
      await createUser(scim, minimalUser("babs")),
      await createUser(scim, minimalUser("james")),
    ];
    const path = `/Groups/${await createGroup(scim, group("Tour Guides", [babs, james]))}`;
    expectNoContent(await scim.patch(path, [{ op: "remove", path: `members[value eq "${babs}"]` }]));
    expectOk(await scim.get(path), 200, { members: [{ value: james }] });
    expectNoContent(await scim.patch(path, [{ op: "remove", path: "members" }]));
    expect(listAt((await scim.get(path)).json, "members")).toEqual([]);
    const user = `/Users/${await createUser(
      scim,
      fullUser("mail", {
        emails: [
          { value: "a@example.com", type: "work" },
          { value: "a@example.org", type: "work" },
        ],
      }),
    )}`;
    const remove = [{ op: "remove", path: 'emails[type eq "work" and value ew "example.com"]' }];
    const answer = await scim.patch(user, remove);
    expectOk(answer, 200, { emails: [{ value: "a@example.org" }] });
  });

  it("3.5.2.2: removes one member and adds another in one request", async () => {
    const { scim } = await directory();
    const [babs, james] = [
      await createUser(scim, minimalUser("babs")),
      await createUser(scim, minimalUser("james")),
    ];
    const path = `/Groups/${await createGroup(scim, group("Tour Guides", [babs]))}`;
    expectNoContent(
      await scim.patch(path, [
        { op: "remove", path: `members[value eq "${babs}"]` },
        { op: "add", path: "members", value: [{ display: "James Smith", value: james }] },
      ]),
    );
    expectOk(await scim.get(path), 200, { members: [{ value: james }] });
  });

  it("3.5.2.3: replaces all members", async () => {
    const { scim } = await directory();
    const [babs, james] = [
      await createUser(scim, minimalUser("babs")),
      await createUser(scim, minimalUser("james")),
    ];
    const path = `/Groups/${await createGroup(scim, group("Tour Guides"))}`;
    const value = [
      { display: "Babs Jensen", $ref: `https://example.com/v2/Users/${babs}`, value: babs },
      { display: "James Smith", $ref: `https://example.com/v2/Users/${james}`, value: james },
    ];
    expectNoContent(await scim.patch(path, [{ op: "replace", path: "members", value }]));
    expect(pluck(listAt((await scim.get(path)).json, "members"), "value").toSorted()).toEqual(
      [babs, james].toSorted(),
    );
  });

  it("3.5.2.3: replaces the work address, one part of it, and attributes without a path", async () => {
    const { scim } = await directory();
    const addresses = [
      { type: "work", streetAddress: "1 Old Street", locality: "Old Town" },
      { type: "home", streetAddress: "2 Home Street" },
    ];
    const path = `/Users/${await createUser(scim, fullUser("babs", { addresses }))}`;
    const value = {
      type: "work",
      streetAddress: "911 Universal City Plaza",
      locality: "Hollywood",
      region: "CA",
      postalCode: "91608",
      country: "US",
      formatted: "911 Universal City Plaza\nHollywood, CA 91608 US",
      primary: true,
    };
    expectOk(await scim.patch(path, [{ op: "replace", path: 'addresses[type eq "work"]', value }]), 200, {
      addresses: [value, addresses[1]],
    });
    const street = [
      { op: "replace", path: 'addresses[type eq "work"].streetAddress', value: "1010 Broadway Ave" },
    ];
    expectOk(await scim.patch(path, street), 200, {
      addresses: [{ ...value, streetAddress: "1010 Broadway Ave" }, addresses[1]],
    });
    const emails = [
      { value: "bjensen@example.com", type: "work", primary: true },
      { value: "babs@jensen.org", type: "home" },
    ];
    expectOk(await scim.patch(path, [{ op: "replace", value: { emails, nickname: "Babs" } }]), 200, {
      emails,
      nickName: "Babs",
    });
  });
});

describe("the bulk requests of RFC 7644 section 3.7", () => {
  it("3.7.2: a user and a group with that user, by bulkId", async () => {
    const { scim } = await directory();
    const answer = await scim.post("/Bulk", {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
      Operations: [
        {
          method: "POST",
          path: "/Users",
          bulkId: "qwerty",
          data: { schemas: [userSchema], userName: "Alice" },
        },
        {
          method: "POST",
          path: "/Groups",
          bulkId: "ytrewq",
          data: {
            schemas: [groupSchema],
            displayName: "Tour Guides",
            members: [{ type: "User", value: "bulkId:qwerty" }],
          },
        },
      ],
    });
    expectOk(answer, 200, {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
      Operations: [
        { method: "POST", bulkId: "qwerty", status: "201" },
        { method: "POST", bulkId: "ytrewq", status: "201" },
      ],
    });
    const groupPath = new URL(textAt(answer.json, "Operations", 1, "location")).pathname.replace(
      "/scim/v2",
      "",
    );
    expectOk(await scim.get(groupPath), 200, { members: [{ display: "Alice", type: "User" }] });
  });

  it("3.7.3: operations of every kind with versions", async () => {
    const { scim } = await directory();
    const one = `/Users/${await createUser(scim, minimalUser("Bob"))}`;
    const two = `/Users/${await createUser(scim, minimalUser("Dave"))}`;
    const three = `/Users/${await createUser(scim, minimalUser("Eve"))}`;
    const answer = await scim.post("/Bulk", {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
      failOnErrors: 1,
      Operations: [
        {
          method: "POST",
          path: "/Users",
          bulkId: "qwerty",
          data: { schemas: [userSchema], userName: "Alice" },
        },
        {
          method: "PUT",
          path: one,
          version: await versionOf(scim, one),
          data: { schemas: [userSchema], id: "b7c14771-226c-4d05-8860-134711653041", userName: "Bob" },
        },
        {
          method: "PATCH",
          path: two,
          version: await versionOf(scim, two),
          data: {
            schemas: [patchOp],
            Operations: [
              { op: "remove", path: "nickName" },
              { op: "add", path: "displayName", value: "Dave" },
            ],
          },
        },
        { method: "DELETE", path: three, version: await versionOf(scim, three) },
      ],
    });
    expectOk(answer, 200);
    expect(pluck(listAt(answer.json, "Operations"), "status")).toEqual(["201", "200", "200", "204"]);
  });
});

describe("the errors and versions of RFC 7644", () => {
  it("3.12: what is not found", async () => {
    const { scim } = await directory();
    expectError(await scim.get("/Users/2819c223-7f76-453a-919d-413861904646"), 404, null);
  });

  it("3.12: what may not be changed", async () => {
    const { scim } = await directory();
    const path = `/Users/${await createUser(scim, minimalUser("bjensen"))}`;
    const answer = await scim.patch(path, [{ op: "replace", path: "id", value: "1" }]);
    expectError(answer, 400, "mutability");
  });

  it("3.14: a read that knows the version", async () => {
    const { scim } = await directory();
    const path = `/Users/${await createUser(scim, minimalUser("bjensen"))}`;
    const answer = await scim.get(`${path}?attributes=displayName`, {
      "If-None-Match": await versionOf(scim, path),
    });
    expect(answer.status).toBe(304);
  });
});
