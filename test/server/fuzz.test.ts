import fc from "fast-check";
import { expect, test } from "vitest";
import { IdentityService } from "../../gen/gitpod/v1/identity_pb.ts";
import { startTestServer } from "../support/server.ts";
import { pathOf } from "./support/calls.ts";
import { type FuzzedRequest, faultOf, fuzzedRequests } from "./support/fuzz.ts";
import { openWire, type Wire } from "./support/wire.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 10_000);
const seed = process.env.FUZZ_SEED === undefined ? 20_260_101 : Number(process.env.FUZZ_SEED);
const batchSize = 100;
const answerWithinMs = 10_000;

test(`${runs} spoiled requests get no fault of the server's for an answer (FUZZ_SEED=${seed})`, async () => {
  await using server = await startTestServer();
  const tenant = await server.tenant();
  const requests = fc.sample(fuzzedRequests({ tenant, operator: server.operatorToken }), {
    numRuns: runs,
    seed,
  });
  const known = { path: pathOf(IdentityService.method.getAuthenticatedIdentity), body: "{}" };

  for (let start = 0; start < requests.length; start += batchSize) {
    using http1 = openWire(server.url, "1.1");
    using http2 = openWire(server.url, "2");
    const batch = requests.slice(start, start + batchSize);

    const faults = await Promise.all(
      batch.map((fuzzed) => faultIn(fuzzed, fuzzed.shape.httpVersion === "2" ? http2 : http1)),
    );

    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
    const headers = { "content-type": "application/json", authorization: `Bearer ${server.operatorToken}` };
    await expect(http1.ask({ ...known, headers })).resolves.toMatchObject({ status: 200 });
    await expect(http2.ask({ ...known, headers })).resolves.toMatchObject({ status: 200 });
  }
  expect(server.logs.filter((line) => /"level":"(?:error|fatal)"/.test(line))).toEqual([]);
  expect(Object.keys(Object.prototype)).toEqual([]);
}, 120_000);

/** What was wrong with the answer, with all that is needed to send the request again. */
async function faultIn(fuzzed: FuzzedRequest, wire: Wire): Promise<object | undefined> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer in time")), answerWithinMs);
  try {
    const fault = faultOf(fuzzed, await Promise.race([wire.ask(fuzzed.request), late]));
    return fault === undefined ? undefined : { fault, ...describe(fuzzed) };
  } catch (error) {
    return { fault: String(error), ...describe(fuzzed) };
  } finally {
    clearTimeout(timer);
  }
}

function describe({ shape, request }: FuzzedRequest): object {
  const { authorization, ...headers } = request.headers ?? {};
  return {
    ...shape,
    ...request,
    headers,
    withToken: authorization !== undefined,
    body: Buffer.from(request.body ?? "").toString("base64"),
  };
}
