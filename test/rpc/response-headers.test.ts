// Which responses may be kept by caches on the way: none that carries a secret.
import { toJson } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codecs, protocols, startTestServer, type TestServer } from "../support/server.ts";
import { type BuiltMethod, builtMethods, invoke } from "./support/methods.ts";
import { createWorld } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

/** Whoever knows an invite can let people in. */
const carriesInvite = ({ method }: BuiltMethod): boolean =>
  method.output.fields.some(({ name }) => name === "invite");

const carriesToken = ({ method }: BuiltMethod): boolean =>
  method.output.fields.some(({ name }) => name === "token");

it("knows the methods that answer with a token", () => {
  expect(builtMethods.filter(carriesToken).map(({ name }) => name)).toEqual([
    "OrganizationService/CreateSCIMConfiguration",
    "OrganizationService/RegenerateSCIMToken",
    "UserService/CreatePersonalAccessToken",
  ]);
});

const variants = protocols.flatMap((protocol) => codecs.map((codec) => ({ protocol, codec })));

describe.each(variants)("over $protocol in $codec", (options) => {
  it.each(builtMethods)(
    "$name forbids storing the response exactly when it carries a token or an invite",
    async (built) => {
      const world = await createWorld(server);
      const token = built.caller === "operator" ? server.operatorToken : world.admin.token;
      const response = await invoke(
        server.transport({ ...options, token }),
        built.method,
        built.request(world),
      );
      const isSecret = carriesToken(built) || carriesInvite(built);
      expect(response.header.get("Cache-Control")).toBe(isSecret ? "no-store" : null);
      const json = JSON.stringify(toJson(built.method.output, response.message));
      expect(/orgsvc_(?:scim|pat|op)_/.test(json)).toBe(carriesToken(built));
    },
  );
});
