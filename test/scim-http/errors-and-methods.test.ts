/** Paths, methods and media types, and the form of every refusal (RFC 7644 sections 3.1, 3.8 and 3.12). */
import { beforeAll, describe, expect, it } from "vitest";
import { openWire, sendRaw } from "../server/support/wire.ts";
import { startTestServer } from "../support/server.ts";
import { createDirectory, type Directory, scimServer } from "./support/directory.ts";
import { expectError, expectIds, expectNoContent, expectOk } from "./support/expect.ts";
import { textAt } from "./support/json.ts";
import { createGroup, createUser, fullUser, group, minimalUser, nobodys } from "./support/resources.ts";

const { running, directory } = scimServer();

let own: Directory;
let ada = "";
let engineers = "";

beforeAll(async () => {
  own = await directory();
  ada = await createUser(own.scim, fullUser("ada"));
  engineers = await createGroup(own.scim, group("Engineers", [ada]));
});

describe("a path", () => {
  it.each(["/Users/", "/Users?", "/Users?&", "/Users/?count=10&", "//Users"])(
    "may end or begin with something stray: %s",
    async (path) => {
      expectIds(await own.scim.get(path), [ada]);
    },
  );

  it.each(["/", "?", "/?"])("of one user may end with something stray: %j", async (stray) => {
    expectOk(await own.scim.get(`/Users/${ada}${stray}`), 200, { id: ada });
  });

  it.each([
    "/Robots",
    "/Users/a/b",
    "/users/x/groups",
    "/Users/.search/x",
    "/x",
    "/Users;x=1",
    "/USERS/x/y",
    "/.well-known",
    "/ServiceProviderConfigs",
  ])("that leads nowhere is 404: %s", async (path) => {
    expectError(await own.scim.get(path), 404, null);
  });

  it.each(["/Users/%ZZ", "/Users/%00", "/Users/%2e%2e%2fGroups", "/Users/%C0%80"])(
    "that is no path leads nowhere: %s",
    async (path) => {
      expectError(await own.scim.get(path), 404, null);
    },
  );

  it("that is a random id is 404", async () => {
    expectError(await own.scim.get(`/${nobodys}`), 404, null);
  });

  it("that leads nowhere is 401 without a token, which tells nothing of paths", async () => {
    expectError(await own.scim.as(undefined).get("/Robots"), 401, null);
  });
});

describe("a method", () => {
  it.each([
    ["/Users", ["PUT", "PATCH", "DELETE"], ["GET", "POST"]],
    ["/Groups", ["PUT", "PATCH", "DELETE"], ["GET", "POST"]],
    [`/Users/${nobodys}`, ["POST"], ["GET", "PUT", "PATCH", "DELETE"]],
    [`/Groups/${nobodys}`, ["POST"], ["GET", "PUT", "PATCH", "DELETE"]],
    ["/Users/.search", ["GET", "PUT", "PATCH", "DELETE"], ["POST"]],
    ["/.search", ["GET", "PUT", "PATCH", "DELETE"], ["POST"]],
    ["/Bulk", ["GET", "PUT", "PATCH", "DELETE"], ["POST"]],
  ])("that %s does not have is 405, and Allow says which it has", async (path, refused, allowed) => {
    for (const method of refused) {
      const body = method === "GET" || method === "DELETE" ? {} : { body: {} };
      const answer = await own.scim.send(method, path, body);
      expectError(answer, 405, null);
      const allow = (answer.headers.get("allow") ?? "").split(/,\s*/);
      for (const each of allowed) expect(allow).toContain(each);
      expect(allow).not.toContain(method);
    }
  });

  it("that nobody knows is 405", async () => {
    using wire = openWire(running().url, "1.1");
    for (const method of ["PROPFIND", "LINK", "PURGE"]) {
      const headers = { authorization: `Bearer ${own.token}` };
      const { status } = await wire.ask({ method, path: "/scim/v2/Users", headers });
      expect(status).toBe(405);
    }
  });

  it("that another header names is not the method", async () => {
    const answer = await own.scim.get(`/Users/${ada}`, { "X-HTTP-Method-Override": "DELETE" });
    expectOk(answer, 200, { id: ada });
    expectOk(await own.scim.get(`/Users/${ada}`), 200);
  });

  it("HEAD is GET without a body", async () => {
    const answer = await own.scim.send("HEAD", `/Users/${ada}`);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(answer.headers.get("etag")).toBe((await own.scim.get(`/Users/${ada}`)).headers.get("etag"));
  });
});

describe("a media type", () => {
  it.each(["application/scim+json", "application/json", "*/*", "application/*", "text/html, */*;q=0.1"])(
    "that is accepted is answered: %s",
    async (Accept) => {
      expectOk(await own.scim.get("/Users", { Accept }), 200);
    },
  );

  it("is that of SCIM in every answer with a body", async () => {
    const answers = [
      await own.scim.get("/Users"),
      await own.scim.get(`/Groups/${engineers}`),
      await own.scim.get("/Schemas"),
      await own.scim.get("/nowhere"),
    ];
    for (const { headers } of answers) {
      expect(headers.get("content-type")).toMatch(/^application\/scim\+json(?:; ?charset=utf-8)?$/i);
    }
  });

  it("of a body may be missing where there is no body", async () => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("gone"));
    expectNoContent(await scim.del(`/Users/${id}`));
  });

  it("of DELETE with a body is nobody's business", async () => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("gone"));
    const answer = await scim.send("DELETE", `/Users/${id}`, {
      body: "x",
      headers: { "Content-Type": "text/plain" },
    });
    expectNoContent(answer);
  });
});

describe("a parameter that nobody knows", () => {
  it.each(["/Users?aadOptscim062020", "/Users?aadOptscim062020=&x=y", "/Users?__proto__=x&constructor=y"])(
    "is ignored: %s",
    async (path) => {
      expectIds(await own.scim.get(path), [ada]);
    },
  );

  it("is ignored when a resource is written", async () => {
    const { scim } = await directory();
    expectOk(await scim.post("/Users?aadOptscim062020", fullUser("ada")), 201);
  });
});

describe("every answer", () => {
  it("has an id of the request", async () => {
    const answer = await own.scim.get("/Users");
    expect(answer.headers.get("x-request-id")).toMatch(/.+/);
    const given = await own.scim.get("/nowhere", { "X-Request-Id": "my-request-1" });
    expect(given.headers.get("x-request-id")).toBe("my-request-1");
  });

  it("may not be sniffed", async () => {
    const { headers } = await own.scim.get(`/Users/${ada}`);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("has absolute locations under the URL that was called", async () => {
    const { json } = await own.scim.get(`/Groups/${engineers}`);
    expect(textAt(json, "meta", "location")).toBe(`${own.scim.base}/Groups/${engineers}`);
    expect(textAt(json, "members", 0, "$ref")).toBe(`${own.scim.base}/Users/${ada}`);
  });
});

describe("a location", () => {
  it("is under PUBLIC_URL where that is set, with its path", async () => {
    await using server = await startTestServer({ PUBLIC_URL: "https://id.example.com/base/" });
    const { scim } = await createDirectory(server);
    const answer = await scim.post("/Users", fullUser("ada"));
    const location = `https://id.example.com/base/scim/v2/Users/${textAt(answer.json, "id")}`;
    expectOk(answer, 201, { meta: { location } });
    expect(answer.headers.get("location")).toBe(location);
  });

  it("is not made from what a stranger's proxy says", async () => {
    const forwarded = { "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https" };
    const { json } = await own.scim.get(`/Users/${ada}`, forwarded);
    expect(textAt(json, "meta", "location")).toBe(`${own.scim.base}/Users/${ada}`);
  });

  it("is not made from a Host that is none", async () => {
    const head = `GET /scim/v2/Users/${ada} HTTP/1.1\r\nHost: evil.example/"x\r\n`;
    const raw = `${head}Authorization: Bearer ${own.token}\r\nConnection: close\r\n\r\n`;
    const answer = await sendRaw(running().url, raw);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain("evil");
  });
});

describe("HTTP/2", () => {
  it("gets the same answer", async () => {
    using wire = openWire(running().url, "2");
    const headers = { authorization: `Bearer ${own.token}` };
    const answer = await wire.ask({ method: "GET", path: `/scim/v2/Users/${ada}`, headers });
    expect(answer.status).toBe(200);
    const h1 = await own.scim.get(`/Users/${ada}`);
    const body: unknown = JSON.parse(answer.body.toString());
    expect(body).toMatchObject({ id: ada, userName: textAt(h1.json, "userName") });
    const created = await wire.ask({
      method: "POST",
      path: "/scim/v2/Users",
      headers: { ...headers, "content-type": "application/scim+json" },
      body: JSON.stringify(minimalUser("two@example.com")),
    });
    expect(created.status).toBe(201);
  });
});
