// What the contract declares and this version does not do yet says so, in every protocol.
import { createValidator } from "@bufbuild/protovalidate";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codecs, protocols, startTestServer, type TestServer } from "../support/server.ts";
import { expectCode } from "./support/expect.ts";
import { invokeAny, nameOf, unbuiltEndpoints } from "./support/methods.ts";
import { smallestValid } from "./support/rules.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const methods = unbuiltEndpoints.map(({ method }) => ({ name: nameOf({ method }), method }));

describe.each(methods)("$name", ({ name, method }) => {
  const request = smallestValid(method.input);

  it("has a request that keeps the rules, so that it is not those that refuse it", () => {
    expect(createValidator().validate(method.input, request).kind).toBe("valid");
  });

  it.each(protocols.flatMap((protocol) => codecs.map((codec) => ({ protocol, codec }))))(
    "is unimplemented over $protocol in $codec",
    async (options) => {
      const transport = server.transport({ token: server.operatorToken, ...options });
      const { rawMessage } = await expectCode(invokeAny(transport, method, request), Code.Unimplemented);
      expect(rawMessage).toBe(`${name} is not implemented by this version`);
    },
  );

  it("tells callers without a token nothing but that they need one", async () => {
    const call = invokeAny(server.transport({ token: undefined }), method, request);
    await expectCode(call, Code.Unauthenticated);
  });
});
