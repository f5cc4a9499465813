/** What identity providers send, step by step, and what then stands in the directory. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../support/server.ts";
import { replay } from "./replay.ts";
import { readSequence, readSequences } from "./sequence.ts";

const sequences = readSequences(import.meta.dirname);

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

it.each(sequences)("$provider can provision, change and deprovision ($file)", async (sequence) => {
  await replay(server, sequence, () => server.clock.advance(1));
});

it("the service logged no defect of its own", () => {
  expect(server.logs.filter((line) => /"level":"(?:error|fatal)"/.test(line))).toEqual([]);
});

it("a sequence without steps, or with a slip in it, is refused", () => {
  expect(() => readSequences(new URL("../rpc", import.meta.url).pathname)).toThrow("no sequences");
  expect(() => readSequence("a.json", '{"provider":"A","steps":[]}')).toThrow("a.json has no steps");
  const slip = { provider: "A", steps: [{ name: "a", send: "GET /", expext: { status: 200 } }] };
  expect(() => readSequence("a.json", JSON.stringify(slip))).toThrow("what is expext?");
});
