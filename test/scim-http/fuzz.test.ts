import fc from "fast-check";
import { expect, test } from "vitest";
import { openWire, type Wire, type WireRequest } from "../server/support/wire.ts";
import { startTestServer } from "../support/server.ts";
import { createDirectory } from "./support/directory.ts";
import { type FuzzedRequest, faultOf, fuzzedRequests } from "./support/fuzz.ts";
import { createGroup, createUser, fullUser, group, minimalUser } from "./support/resources.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 10_000);
const seed = process.env.FUZZ_SEED === undefined ? 20_260_202 : Number(process.env.FUZZ_SEED);
const batchSize = 100;
const answerWithinMs = 10_000;

test(`${runs} spoiled requests get no fault of the server's for an answer (FUZZ_SEED=${seed})`, async () => {
  await using server = await startTestServer();
  const spoiled = await createDirectory(server);
  // Of the same organization, and out of reach.
  const known = await spoiled.sibling();
  const knownUser = `/Users/${await createUser(known.scim, fullUser("known"))}`;
  const before = await known.scim.get(knownUser);
  const requests = fc.sample(fuzzedRequests, { numRuns: runs, seed });
  const statuses = new Map<number, number>();

  for (let start = 0; start < requests.length; start += batchSize) {
    using http1 = openWire(server.url, "1.1");
    using http2 = openWire(server.url, "2");
    const user = await createUser(spoiled.scim, minimalUser(`target-${start}@example.com`));
    const targets = {
      user,
      group: await createGroup(spoiled.scim, group(`Target ${start}`, [user])),
      token: spoiled.token,
    };

    const faults = await Promise.all(
      requests.slice(start, start + batchSize).map(async (fuzzed, index) => {
        const request = aim(fuzzed.request, { ...targets, unique: `u${start + index}` });
        const { status, fault } = await outcomeOf(request, fuzzed.version === "2" ? http2 : http1);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        return fault === undefined ? undefined : { fault, ...describe(fuzzed) };
      }),
    );

    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
    expect((await known.scim.get(knownUser)).text).toBe(before.text);
  }
  expect(server.logs.filter((line) => /"level":"(?:error|fatal)"/.test(line))).toEqual([]);
  expect(Object.keys(Object.prototype)).toEqual([]);
  // What is refused at the door throughout would prove nothing.
  const usual = [200, 201, 204, 400, 401, 404, 405, 412, 415];
  if (runs >= 10_000) expect([...statuses.keys()]).toEqual(expect.arrayContaining(usual));
}, 120_000);

type Targets = Readonly<Record<"user" | "group" | "token" | "unique", string>>;

/** Less than the headers of a request may have together, which the listener has a word on before SCIM. */
const pathMaxLength = 12_000;

/** With the ids of the user and the group who are there now. */
function aim(request: WireRequest, targets: Targets): WireRequest {
  const fill = (text: string): string =>
    Object.entries(targets).reduce((filled, [name, value]) => filled.replaceAll(`{${name}}`, value), text);
  const { body, headers = {} } = request;
  return {
    ...request,
    path: fill(request.path).slice(0, pathMaxLength),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)])),
    // Latin-1 keeps every byte as it is.
    body: body === undefined ? undefined : Buffer.from(fill(Buffer.from(body).toString("latin1")), "latin1"),
  };
}

async function outcomeOf(
  request: WireRequest,
  wire: Wire,
): Promise<{ status: number; fault: string | undefined }> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer in time")), answerWithinMs);
  try {
    const answer = await Promise.race([wire.ask(request), late]);
    return { status: answer.status, fault: faultOf(answer) };
  } catch (error) {
    return { status: 0, fault: String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** All that is needed to send it again. */
function describe({ version, request }: FuzzedRequest): object {
  return { version, ...request, body: Buffer.from(request.body ?? "").toString("base64") };
}
