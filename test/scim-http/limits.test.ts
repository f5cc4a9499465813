/** How much one request, one directory and one client may ask for, at the bound and one beyond it. */
import { describe, expect, it } from "vitest";
import { startTestServer } from "../support/server.ts";
import { createMany } from "./support/bulk.ts";
import type { ScimAnswer } from "./support/client.ts";
import { createDirectory, scimServer } from "./support/directory.ts";
import { expectError, expectIds, expectNoContent, expectOk } from "./support/expect.ts";
import { listAt, numberAt, pluck } from "./support/json.ts";
import { createGroup, createUser, fullUser, group, minimalUser, userSchema } from "./support/resources.ts";

const { directory } = scimServer();
const mebibyte = 1_048_576;

/** JSON of exactly so many bytes. */
function bodyOf(bytes: number): string {
  const json = JSON.stringify(minimalUser("big@example.com"));
  return json + " ".repeat(bytes - json.length);
}

describe("a body", () => {
  it("has 1 MiB at most", async () => {
    const { scim } = await directory();
    expectOk(await scim.post("/Users", bodyOf(mebibyte)), 201);
  });

  it("of one byte more is 413, and the service goes on", async () => {
    const { scim } = await directory();
    expectError(await scim.post("/Users", bodyOf(mebibyte + 1)), 413);
    expectIds(await scim.get("/Users"), []);
  });

  it("is 32 levels deep at most", async () => {
    const { scim } = await directory();
    const nested = (depth: number): string => `${`{"a":`.repeat(depth - 1)}{}${"}".repeat(depth - 1)}`;
    const around = (depth: number): string =>
      `{"schemas":["${userSchema}"],"userName":"deep-${depth}","unknown":${nested(depth - 1)}}`;
    expectOk(await scim.post("/Users", around(32)), 201);
    expectError(await scim.post("/Users", around(33)), 400, "invalidSyntax");
    expectError(
      await scim.post("/Users", `${"[".repeat(100_000)}${"]".repeat(100_000)}`),
      400,
      "invalidSyntax",
    );
  });
});

describe("a value", () => {
  it("has 1,024 characters at most, whatever a character is", async () => {
    const { scim } = await directory();
    for (const character of ["x", "é"]) {
      const title = character.repeat(1024);
      const userName = `${character}@example.com`;
      const id = await createUser(scim, minimalUser(userName, { title }));
      expectOk(await scim.get(`/Users/${id}`), 200, { title });
      const patch = [{ op: "replace", path: "title", value: `${title}${character}` }];
      expectError(await scim.patch(`/Users/${id}`, patch), 400, "invalidValue");
      expectError(
        await scim.put(`/Users/${id}`, minimalUser(userName, { title: `${title}x` })),
        400,
        "invalidValue",
      );
    }
  });

  it("that is looked up by an index is refused when it is too long, and no failure", async () => {
    const { scim } = await directory();
    for (const body of [
      minimalUser("x".repeat(100_000)),
      minimalUser("a@example.com", { externalId: "x".repeat(100_000) }),
      minimalUser("b@example.com", { emails: [{ value: `${"x".repeat(100_000)}@example.com` }] }),
    ]) {
      expectError(await scim.post("/Users", body), 400, "invalidValue");
    }
    expectError(await scim.post("/Groups", group("x".repeat(100_000))), 400, "invalidValue");
  });
});

describe("a PATCH", () => {
  it("has 1,000 operations at most", async () => {
    const { scim } = await directory();
    const path = `/Users/${await createUser(scim, fullUser("ada"))}`;
    const operations = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ op: "replace", path: "title", value: `t${index}` }));
    expectOk(await scim.patch(path, operations(1000)), 200, { title: "t999" });
    expectError(await scim.patch(path, operations(1001)), 413);
    expectOk(await scim.get(path), 200, { title: "t999" });
  });

  it("has 10,000 values at most", async () => {
    const { scim } = await directory();
    const path = `/Groups/${await createGroup(scim, group("Engineers"))}`;
    const id = await createUser(scim, fullUser("ada"));
    const value = Array.from({ length: 10_001 }, () => ({ value: id }));
    expectError(await scim.patch(path, [{ op: "add", path: "members", value }]), 413);
  });
});

describe("a group of thousands", () => {
  it("takes a thousand members in one PATCH, one more quickly, and is read whole and without them", async () => {
    const { scim } = await directory();
    const ids = await createMany(scim, 2_001);
    const id = await createGroup(scim, group("Everybody"));
    const path = `/Groups/${id}`;
    const add = (members: readonly string[]) => [
      { op: "add", path: "members", value: members.map((value) => ({ value })) },
    ];
    expectNoContent(await scim.patch(path, add(ids.slice(0, 1000))));
    expectNoContent(await scim.patch(path, add(ids.slice(1000, 2000))));
    const startMs = performance.now();
    expectNoContent(await scim.patch(path, add(ids.slice(2000))));
    // Far more than it should take, for machines that are busy with other tests.
    expect(performance.now() - startMs).toBeLessThan(1000);
    const whole = await scim.get(path);
    expectOk(whole, 200, { id, displayName: "Everybody" });
    expect(pluck(listAt(whole.json, "members"), "value").toSorted()).toEqual(ids.toSorted());
    const without = await scim.get(`${path}?excludedAttributes=members`);
    expect(without.text.length).toBeLessThan(1000);
    expectIds(await scim.filter("/Groups", `members eq "${ids[2000]}"`, "&attributes=id"), [id]);
    expectNoContent(await scim.patch(path, [{ op: "remove", path: "members" }]));
    expect(listAt((await scim.get(path)).json, "members")).toEqual([]);
  }, 60_000);

  it("is replaced whole by PUT", async () => {
    const { scim } = await directory();
    const ids = await createMany(scim, 1_500);
    const path = `/Groups/${await createGroup(scim, group("Everybody", ids.slice(0, 1000)))}`;
    expectOk(await scim.put(path, group("Everybody", ids.slice(500))), 200);
    const { json } = await scim.get(path);
    expect(pluck(listAt(json, "members"), "value").toSorted()).toEqual(ids.slice(500).toSorted());
  }, 60_000);
});

describe("a client that asks too often", () => {
  it("is told when to come back, and others are not slowed", async () => {
    await using server = await startTestServer({
      RATE_PER_TOKEN: "5",
      RATE_PER_TOKEN_BURST: "20",
    });
    const noisy = await createDirectory(server);
    const quiet = await noisy.sibling();
    const answers = await Promise.all(Array.from({ length: 60 }, () => noisy.scim.get("/Users?count=0")));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(20);
    for (const answer of refused) expectTooMany(answer);
    expectOk(await quiet.scim.get("/Users"), 200);
  });

  it("may ask 25 times a second for a while, as Entra ID does, with the service's own settings", async () => {
    await using server = await startTestServer({ RATE_PER_TOKEN: "50", RATE_PER_ORGANIZATION: "200" });
    const { scim } = await createDirectory(server);
    const answers = await Promise.all(Array.from({ length: 50 }, () => scim.get("/Users?count=0")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it("with wrong tokens is told so as well", async () => {
    await using server = await startTestServer({
      RATE_FAILED_AUTH_PER_IP: "2",
      RATE_FAILED_AUTH_PER_IP_BURST: "10",
    });
    const { scim } = await createDirectory(server);
    const answers = await Promise.all(Array.from({ length: 40 }, () => scim.as("wrong").get("/Users")));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].toSorted((a, b) => a - b)).toEqual([401, 429]);
    for (const answer of answers.filter(({ status }) => status === 429)) expectTooMany(answer);
  });
});

function expectTooMany(answer: ScimAnswer): void {
  expectError(answer, 429, null);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
}

describe("a list", () => {
  it("counts all, however many there are on the page", async () => {
    const { scim } = await directory();
    await createMany(scim, 150);
    const answer = await scim.get("/Users?count=7");
    expect(numberAt(answer.json, "totalResults")).toBe(150);
    expect(listAt(answer.json, "Resources")).toHaveLength(7);
  });
});
