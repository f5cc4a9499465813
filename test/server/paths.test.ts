import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { parseJson, pathOf } from "./support/calls.ts";
import { httpVersions, openWire, sendRaw, type Wire } from "./support/wire.ts";

const path = pathOf(OrganizationService.method.getOrganization);
const changePath = pathOf(OrganizationService.method.updateOrganization);
const [, service = "", name = ""] = path.split("/");

const confusing = [
  `/${path}`,
  `//${path}`,
  `/${service}//${name}`,
  `${path}/`,
  `${path}//`,
  `${path}/.`,
  `${path}/..`,
  `/.${path}`,
  `/..${path}`,
  `/api/..${path}`,
  `/${service}/x/../${name}`,
  `/${service}%2F${name}`,
  `/%2F${service}/${name}`,
  `/${service}/${name}%2F`,
  `/${service}/%47etOrganization`,
  `/%67itpod.v1.OrganizationService/${name}`,
  `/${service}/${name}%00`,
  `/${service}/${name}%20`,
  `/${service}/${name};x=y`,
  `/${service};x/${name}`,
  `/${service}\\${name}`,
  `/${service}/${name}.json`,
  `/${service.toLowerCase()}/${name}`,
  `/${service}/${name.toLowerCase()}`,
  `/${service}/${name.toUpperCase()}`,
  `/${service}.${name}`,
  `/${service}`,
  `/${service}/`,
  `/OrganizationService/${name}`,
  `/api/api${path}`,
  `/api/${path}`,
  `/API${path}`,
  `/api${service}/${name}`,
  `/api/`,
  `/api`,
  `/`,
  `/healthz/`,
  `/HEALTHZ`,
  `/healthz;x`,
  `//healthz`,
  `/api/healthz`,
];

describe.each(httpVersions)("over HTTP/%s", (httpVersion) => {
  let server: TestServer;
  let tenant: TestTenant;
  let wire: Wire;

  beforeAll(async () => {
    server = await startTestServer();
    tenant = await server.tenant();
    wire = openWire(server.url, httpVersion);
  });
  afterAll(async () => {
    wire[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const body = () => JSON.stringify({ organizationId: tenant.organizationId });
  const authorization = () => ({ authorization: `Bearer ${tenant.token}` });
  const json = { "content-type": "application/json" };

  test.each(confusing)("%j is no path, with a token and without", async (wrong) => {
    for (const headers of [json, { ...json, ...authorization() }]) {
      for (const verb of ["POST", "GET"]) {
        const answer = await wire.ask({
          method: verb,
          path: wrong,
          headers,
          ...(verb === "POST" ? { body: body() } : {}),
        });
        expect(answer.status).toBe(404);
        expect(parseJson(answer.body)).toMatchObject({ code: "unimplemented" });
      }
    }
  });

  test.each([
    ["application/grpc", "application/grpc"],
    ["application/grpc+json", "application/grpc"],
    ["application/grpc-web+proto", "application/grpc-web+proto"],
  ])("an unknown path is, for %s, a response of trailers only", async (contentType, answered) => {
    const answer = await wire.ask({ path: "/no.Such/Method", headers: { "content-type": contentType } });

    expect(answer).toMatchObject({ status: 200, headers: { "grpc-status": "12", "content-type": answered } });
    expect(decodeURIComponent(answer.headers["grpc-message"] ?? "")).toContain("no such path");
    expect(answer.body).toHaveLength(0);
  });

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])(
    "%s on a method is 405, with the verbs that are allowed",
    async (verb) => {
      const answer = await wire.ask({ method: verb, path, headers: { ...json, ...authorization() } });

      expect(answer).toMatchObject({ status: 405, headers: { allow: "POST, GET" } });
      expect(parseJson(answer.body)).toMatchObject({ code: "unimplemented" });
    },
  );

  test("HEAD on a method is 405 without a body", async () => {
    const answer = await wire.ask({ method: "HEAD", path, headers: authorization() });

    expect(answer).toMatchObject({ status: 405, headers: { allow: "POST, GET" } });
    expect(answer.body).toHaveLength(0);
  });

  test("GET on a method that changes something is 405", async () => {
    const answer = await wire.ask({
      method: "GET",
      path: `${changePath}?encoding=json&message=%7B%7D`,
      headers: authorization(),
    });

    expect(answer).toMatchObject({ status: 405, headers: { allow: "POST" } });
  });

  test.each([
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "application/jsonx",
    "*/*",
    "",
  ])("the content type %j is 415, and the body names those that are not", async (contentType) => {
    const headers =
      contentType === "" ? authorization() : { ...authorization(), "content-type": contentType };

    const answer = await wire.ask({ path, headers, body: body() });

    expect(answer.status).toBe(415);
    expect(parseJson(answer.body)).toMatchObject({
      code: "unimplemented",
      message: expect.stringContaining("application/json"),
    });
  });

  test.each(["", "?encoding=xml", "?encoding=json%00", "?message=%7B%7D"])(
    "GET with the query %j is 415, and the body names the parameter that is missing",
    async (query) => {
      const answer = await wire.ask({ method: "GET", path: path + query, headers: authorization() });

      expect(answer.status).toBe(415);
      expect(parseJson(answer.body)).toMatchObject({ message: expect.stringContaining("encoding=json") });
    },
  );

  test.each(["x-http-method-override", "x-http-method", "x-method-override"])(
    "%s changes nothing",
    async (override) => {
      const asked = { headers: { ...json, ...authorization(), [override]: "DELETE" } };

      const post = await wire.ask({ ...asked, path, body: body() });
      const get = await wire.ask({
        headers: { ...authorization(), [override]: "POST" },
        method: "GET",
        path: `${changePath}?_method=POST&encoding=json&message=${encodeURIComponent(body())}`,
      });

      expect(post.status).toBe(200);
      expect(get.status).toBe(405);
    },
  );

  test("a path header of a proxy names no other method", async () => {
    const answer = await wire.ask({
      path: "/healthz/x",
      headers: { ...json, ...authorization(), "x-original-url": path, "x-rewrite-url": path },
      body: body(),
    });

    expect(answer.status).toBe(404);
  });
});

test.each(["http://127.0.0.1", "http://other.example", "//other.example", "*", "x"])(
  "a request line with %j in front of the path is no way around the token",
  async (front) => {
    await using server = await startTestServer();
    const target = front === "*" ? "*" : `${front}${path}?encoding=json&message=%7B%7D`;

    const answer = await sendRaw(
      server.url,
      `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
  },
);
