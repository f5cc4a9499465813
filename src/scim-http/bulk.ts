/**
 * Bulk (RFC 7644 section 3.7). Operations run in the message's order, after what they refer to. Creates that follow one
 * another run together, so that they share commits: nothing depends on which of them is first.
 */
import type { HttpResponse } from "../base/http.ts";
import { withoutTokens } from "../observability/redaction.ts";
import { ScimError } from "../scim/error.ts";
import { readObject } from "./body.ts";
import { addLater, type Done, execute } from "./bulk/execute.ts";
import { type PlannedOperation, planOperations, unresolved } from "./bulk/order.ts";
import { isReference, resolveReference, resolveReferences, splitByReference } from "./bulk/references.ts";
import { type BulkOperation, type BulkRequest, type ReadOperation, readBulkRequest } from "./bulk/request.ts";
import { renderError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { answer, messages } from "./media.ts";
import { toEtag } from "./preconditions.ts";
import { groupLocation, userLocation } from "./representation.ts";

type Outcome = Done | ScimError;

const concurrentCreates = 64;

export async function handleBulk(exchange: Exchange): Promise<HttpResponse> {
  const request = readBulkRequest(await readObject(exchange));
  const outcomes = await run(exchange, request);
  const operations = request.operations.flatMap((operation, index) => {
    const outcome = outcomes.get(index);
    return outcome === undefined ? [] : [render(exchange.base, operation, outcome)];
  });
  return answer(200, `{"schemas":["${messages.bulkResponse}"],"Operations":[${operations.join(",")}]}`);
}

/** By place in the message; what was not begun has none. */
async function run(exchange: Exchange, request: BulkRequest): Promise<ReadonlyMap<number, Outcome>> {
  const { operations, refusals } = planOperations(request.operations);
  const outcomes = new Map<number, Outcome>(refusals);
  const ids = new Map<string, string>();
  const failuresMax = request.failOnErrors ?? Number.POSITIVE_INFINITY;
  let failures = refusals.size;
  for (const batch of batchesOf(operations, request.failOnErrors === undefined)) {
    if (failures >= failuresMax) break;
    await Promise.all(
      batch.map(async (planned) => {
        const outcome = await attempt(exchange, () => runOne(exchange, planned, ids));
        outcomes.set(planned.index, outcome);
        const { bulkId } = planned.operation;
        if (outcome instanceof ScimError) failures += 1;
        else if (bulkId !== undefined) ids.set(bulkId, outcome.id);
      }),
    );
  }
  for (const planned of operations.filter(({ pending }) => pending.size > 0)) {
    const outcome = outcomes.get(planned.index);
    if (outcome === undefined || outcome instanceof ScimError) continue;
    outcomes.set(planned.index, await attempt(exchange, () => complete(exchange, planned, outcome, ids)));
  }
  return outcomes;
}

/** Runs of creates that need nothing of each other; every other operation by itself. */
function* batchesOf(
  operations: readonly PlannedOperation[],
  together: boolean,
): Generator<readonly PlannedOperation[]> {
  let batch: PlannedOperation[] = [];
  const created = new Set<string>();
  for (const planned of operations) {
    const { method, bulkId } = planned.operation;
    const isFree = together && method === "POST" && ![...planned.needs].some((needed) => created.has(needed));
    if (batch.length > 0 && (!isFree || batch.length === concurrentCreates)) {
      yield batch;
      batch = [];
      created.clear();
    }
    batch.push(planned);
    if (method === "POST" && bulkId !== undefined) created.add(bulkId);
    if (together && method === "POST") continue;
    yield batch;
    batch = [];
    created.clear();
  }
  if (batch.length > 0) yield batch;
}

async function attempt(exchange: Exchange, work: () => Promise<Done>): Promise<Outcome> {
  try {
    return await work();
  } catch (thrown) {
    return exchange.toError(thrown);
  }
}

async function runOne(
  exchange: Exchange,
  { operation, needs, pending }: PlannedOperation,
  ids: ReadonlyMap<string, string>,
): Promise<Done> {
  // What it refers to was to be created and was not.
  for (const bulkId of needs) if (!ids.has(bulkId)) throw unresolved();
  const { data, id } = operation;
  const now = data === undefined ? undefined : splitByReference(data, pending).now;
  const resolved: BulkOperation = {
    ...operation,
    id: id !== undefined && isReference(id) ? resolveReference(id, ids) : id,
    data: now && resolveReferences(now, ids),
  };
  return await execute(exchange, resolved);
}

/** The second half of an operation in a circle of references. */
async function complete(
  exchange: Exchange,
  { operation, pending }: PlannedOperation,
  done: Done,
  ids: ReadonlyMap<string, string>,
): Promise<Done> {
  for (const bulkId of pending) if (!ids.has(bulkId)) throw unresolved();
  const { later } = splitByReference(operation.data ?? {}, pending);
  const version = await addLater(exchange, operation.type, done.id, resolveReferences(later, ids));
  return { ...done, version };
}

function render(base: string, read: ReadOperation, outcome: Outcome): string {
  const { method, bulkId } = read.ok ? read.operation : read.malformed;
  const named = {
    ...(method === undefined ? {} : { method }),
    ...(bulkId === undefined ? {} : { bulkId }),
  };
  if (outcome instanceof ScimError) {
    const location = read.ok ? locationOf(base, read.operation) : undefined;
    const failed = {
      ...named,
      ...(location === undefined ? {} : { location }),
      status: String(outcome.status),
    };
    return `${JSON.stringify(failed).slice(0, -1)},"response":${renderError(outcome)}}`;
  }
  return JSON.stringify({
    ...named,
    location: outcome.location,
    ...(outcome.version === undefined ? {} : { version: toEtag(outcome.version) }),
    status: String(outcome.status),
  });
}

/** Of what an operation that failed was made to; a resource that was not created has none. The id is the request's own text. */
function locationOf(base: string, { type, id }: BulkOperation): string | undefined {
  if (id === undefined || isReference(id)) return undefined;
  return withoutTokens(type === "User" ? userLocation(base, id) : groupLocation(base, id));
}
