import * as http2 from "node:http2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IdentityService } from "../../gen/gitpod/v1/identity_pb.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { parseJson, pathOf } from "./support/calls.ts";
import { answerOf, openWire, sendRaw } from "./support/wire.ts";

const path = pathOf(IdentityService.method.getAuthenticatedIdentity);
const target = `${path}?encoding=json&message=%7B%7D`;

const hostless = [
  { name: "an empty Host", version: "1.1", fields: ["Host:"] },
  { name: "a Host with a space and a bracket", version: "1.1", fields: ["Host: a b["] },
  { name: "a Host that is an impossible port", version: "1.1", fields: ["Host: :99999999"] },
  { name: "a Host with a port out of range", version: "1.1", fields: ["Host: a:65536"] },
  { name: "a Host with an open bracket", version: "1.1", fields: ["Host: [::1"] },
  { name: "a Host with a bad escape", version: "1.1", fields: ["Host: %zz"] },
  { name: "a Host of control characters", version: "1.1", fields: ["Host: \x80\xff"] },
  { name: "HTTP/1.0 without Host", version: "1.0", fields: [] },
  { name: "two different Hosts", version: "1.1", fields: ["Host: a", "Host: b"] },
  { name: "the same Host twice", version: "1.1", fields: ["Host: a", "hOST: a"] },
] as const;

const strangeAuthorities = [
  "",
  "a b[",
  ":99999999",
  "a:65536",
  "[::1",
  "%zz",
  "a@b",
  "a/b",
  "a?b",
  "a#b",
  "ü",
];

describe("a process that gets a hostile authority", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** In both versions, on connections of their own. */
  async function expectItServes(): Promise<void> {
    for (const version of ["1.1", "2"] as const) {
      using wire = openWire(server.url, version);
      const headers = { authorization: `Bearer ${server.operatorToken}` };
      await expect(wire.ask({ method: "GET", path: target, headers })).resolves.toMatchObject({
        status: 200,
      });
    }
  }

  describe.each(["GET", "POST"])("of a %s", (verb) => {
    test.each(hostless)("answers 400 in JSON to $name and goes on", async ({ version, fields }) => {
      const more = ["Content-Type: application/json", "Content-Length: 2", "Connection: close"];
      const head = [`${verb} ${target} HTTP/${version}`, ...fields, ...more].join("\r\n");

      const answer = await sendRaw(server.url, Buffer.from(`${head}\r\n\r\n{}`, "latin1"));

      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(parseJson(answer.slice(answer.indexOf("\r\n\r\n")))).toMatchObject({ code: "invalid_argument" });
      await expectItServes();
    });
  });

  test("refuses HTTP/1.1 without Host and goes on", async () => {
    const answer = await sendRaw(server.url, `GET ${target} HTTP/1.1\r\nConnection: close\r\n\r\n`);

    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    await expectItServes();
  });

  test.each(strangeAuthorities)("refuses the HTTP/2 authority %j and goes on", async (authority) => {
    const session = http2.connect(server.url);
    session.on("error", () => undefined);
    const stream = session.request({ ":method": "GET", ":path": target, ":authority": authority });

    const [answer] = await Promise.allSettled([answerOf(stream)]);

    // HTTP/2 itself forbids most of them: then the stream ends without an answer.
    if (answer.status === "fulfilled") expect(answer.value.status).toBe(400);
    session.destroy();
    await expectItServes();
  });

  test("tells a gRPC client in its own way", async () => {
    using wire = openWire(server.url, "2");
    const headers = { ":authority": ":99999999", "content-type": "application/grpc" };

    const answer = await wire.ask({ path, headers });

    expect(answer).toMatchObject({ status: 200, headers: { "grpc-status": "3" } });
  });

  test("does not mind it where no authority is needed", async () => {
    const answer = await sendRaw(server.url, "GET /healthz HTTP/1.0\r\n\r\n");

    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});
