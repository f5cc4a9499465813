// Every built method answers in every protocol and codec, with a response that keeps the rules of the proto.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpoints } from "../../src/rpc/router.ts";
import {
  type ClientOptions,
  codecs,
  protocols,
  startTestServer,
  type TestServer,
} from "../support/server.ts";
import { expectConforming } from "./support/expect.ts";
import { type BuiltMethod, builtMethods, builtStreams, invoke, nameOf } from "./support/methods.ts";
import { createWorld } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

async function expectAnswer(built: BuiltMethod, options: Omit<ClientOptions, "token">): Promise<void> {
  const world = await createWorld(server);
  const token = built.caller === "operator" ? server.operatorToken : world.admin.token;
  const transport = server.transport({ ...options, token });
  const { message } = await invoke(transport, built.method, built.request(world));
  expect(message.$typeName).toBe(built.method.output.typeName);
  expectConforming(built.method.output, message);
}

it("covers every method of the contract but streams", () => {
  const covered = [...builtMethods, ...builtStreams.map((endpoint) => ({ name: nameOf(endpoint) }))];
  expect(covered.map(({ name }) => name).toSorted()).toEqual(endpoints.map(nameOf).toSorted());
  const services = new Set(endpoints.map(({ method }) => method.parent));
  const declared = [...services].flatMap((service) => service.methods.map((method) => nameOf({ method })));
  expect(endpoints.map(nameOf).toSorted()).toEqual(declared.toSorted());
});

describe.each(protocols)("over %s", (protocol) => {
  describe.each(codecs)("in %s", (codec) => {
    it.each(builtMethods)("$name succeeds", async (built) => {
      await expectAnswer(built, { protocol, codec });
    });
  });
});

describe.each(["connect", "grpc-web"] as const)("over %s and HTTP/1.1", (protocol) => {
  describe.each(codecs)("in %s", (codec) => {
    it.each(builtMethods)("$name succeeds", async (built) => {
      await expectAnswer(built, { protocol, codec, httpVersion: "1.1" });
    });
  });
});

describe.each(["1.1", "2"] as const)("by GET over HTTP/%s", (httpVersion) => {
  describe.each(codecs)("in %s", (codec) => {
    it.each(builtMethods.filter(({ readsOnly }) => readsOnly))("$name succeeds", async (built) => {
      const logged = server.logs.length;
      await expectAnswer(built, { codec, httpVersion, useHttpGet: true });
      const gets = server.logs.slice(logged).filter((line) => line.includes('"method":"GET"'));
      expect(gets.join()).toContain(`/gitpod.v1.${built.name}"`);
    });
  });
});

it.each(builtMethods.filter(({ readsOnly }) => !readsOnly))(
  "$name is not to be had by GET",
  async ({ name }) => {
    const query = new URLSearchParams({ connect: "v1", encoding: "json", message: "{}" });
    const response = await fetch(`${server.url}/gitpod.v1.${name}?${query}`, {
      headers: { Authorization: `Bearer ${server.operatorToken}` },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")).toBe("POST");
  },
);
