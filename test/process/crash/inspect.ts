/** After a crash: what was acknowledged against what is there. */
import type { Keyring } from "../../../src/keys/keyring.ts";
import { type Soundness, soundnessOf, withDatabase } from "../support/database.ts";
import { wrongCounts } from "./counts.ts";
import { type Effect, type Fields, type Model, matches, type Resource } from "./model.ts";
import { type EventRow, type Row, readState, type State } from "./state.ts";

export interface Findings {
  /** Acknowledged, and not there as acknowledged. */
  readonly lost: readonly string[];
  /** There without having been asked for whole: a part of a change, or a change without its event. */
  readonly halfApplied: readonly string[];
  /** Gaps, doubles, events of nothing, changes without one, and events out of order. */
  readonly events: readonly string[];
  /** SCIM configurations whose live token is not the last that was acknowledged. */
  readonly staleTokens: readonly string[];
  /** Numbers that are kept, and are not those of the rows. */
  readonly counts: readonly string[];
  readonly soundness: Soundness;
  /** How many calls were cut off, and how many of those had happened all the same. */
  readonly cut: number;
  readonly cutAndApplied: number;
}

/** The request id of what the command line did before the first round. */
const commandLine = "command-line";

/** Afterwards the model knows what became of the calls that were cut off. */
export function inspect(databasePath: string, keyring: Keyring, model: Model): Findings {
  const state = withDatabase(databasePath, (db) => readState(db, keyring));
  findIds(model, state);
  const cut = [...model.pending.values()];
  const applied = settlePending(model, state);
  const touched = new Set(applied.map((effect) => effect.subjectId));
  const differences = compare(model, state);
  const isLost = ({ id }: Difference): boolean => model.resources.has(id) && !touched.has(id);
  adopt(model, state);
  return {
    lost: differences.filter(isLost).map(({ text }) => text),
    halfApplied: differences.filter((one) => !isLost(one)).map(({ text }) => text),
    events: [...gaps(state), ...unmatched(model, state), ...disorder(model, state)],
    staleTokens: differences.filter(({ stale }) => stale).map(({ text }) => text),
    counts: withDatabase(databasePath, wrongCounts),
    soundness: soundnessOf(databasePath),
    cut: cut.length,
    cutAndApplied: applied.length,
  };
}

/** A token whose answer came and whose id did not is known by its hash. */
function findIds(model: Model, { rows }: State): void {
  const byHash = new Map([...rows.values()].map(({ id, fields }) => [fields.tokenHash, id]));
  for (const [id, { kind, fields }] of [...model.resources]) {
    const found = byHash.get(fields.tokenHash);
    if (kind === "personal_access_token" && found !== undefined && found !== id) model.rename(id, found);
  }
}

/** The event decides: with it the whole effect must be there, without it nothing of it. */
function settlePending(model: Model, state: State): (Effect & { readonly subjectId: string })[] {
  const applied: (Effect & { readonly subjectId: string })[] = [];
  const byRequest = Map.groupBy(state.events, ({ requestId }) => requestId);
  for (const effect of [...model.pending.values()]) {
    const event = byRequest.get(effect.requestId)?.find((one) => isOf(one, effect, model, state));
    if (event === undefined) model.pending.delete(effect.key);
    else {
      model.settle(effect, event.subjectId);
      applied.push({ ...effect, subjectId: event.subjectId });
    }
  }
  return applied;
}

/** Whether the event is the effect's, among those of one request. What is created there has a name that nothing else has. */
function isOf(event: EventRow, effect: Effect, model: Model, { rows }: State): boolean {
  if (event.action !== effect.action || event.subjectType !== effect.kind) return false;
  if (effect.subjectId !== undefined) return model.idOf(effect.subjectId) === event.subjectId;
  if (effect.key === effect.requestId) return true;
  const name = effect.kind === "user" ? "email" : "name";
  return rows.get(event.subjectId)?.fields[name] === effect.fields[name];
}

interface Difference {
  readonly id: string;
  readonly text: string;
  readonly stale: boolean;
}

function compare({ resources }: Model, { rows }: State): Difference[] {
  const differences: Difference[] = [];
  for (const [id, expected] of resources) differences.push(...differencesOf(id, expected, rows.get(id)));
  for (const { id, kind } of rows.values()) {
    if (!resources.has(id)) differences.push({ id, text: `${kind} ${id} is there`, stale: false });
  }
  return differences;
}

function differencesOf(id: string, expected: Resource, row: Row | undefined): Difference[] {
  const what = `${expected.kind} ${id}`;
  if (row === undefined) return [{ id, text: `${what} is not there`, stale: false }];
  const names = new Set([...Object.keys(expected.fields), ...Object.keys(row.fields)]);
  return [...names, "organizationId"].flatMap((name) => {
    const [wanted, actual] = [fieldOf(expected, name), fieldOf(row, name)];
    if (matches(wanted, actual)) return [];
    const stale = name === "tokenHash" && expected.kind === "scim_configuration";
    return [{ id, text: `${what}: ${name} is ${actual}, not ${wanted}`, stale }];
  });
}

function fieldOf(one: { readonly organizationId: string; readonly fields: Fields }, name: string) {
  return name === "organizationId" ? one.organizationId : one.fields[name];
}

/** What only the answer could have told, and the state as found, so that a finding is not found again. */
function adopt({ resources }: Model, { rows }: State): void {
  for (const [id, resource] of [...resources]) {
    const row = rows.get(id);
    if (row === undefined) resources.delete(id);
    else resources.set(id, { ...resource, fields: row.fields });
  }
}

function gaps({ events, positions }: State): string[] {
  const last = new Map<string, number>();
  const found: string[] = [];
  for (const { organizationId, position } of events) {
    const expected = (last.get(organizationId) ?? 0) + 1;
    if (position !== expected)
      found.push(`${organizationId}: position ${position} comes after ${expected - 1}`);
    last.set(organizationId, position);
  }
  for (const [id, position] of positions) {
    if (last.get(id) !== position)
      found.push(`${id}: ${position} positions were given, ${last.get(id)} are there`);
  }
  return found;
}

/** Each event says what was done by a request, and each thing that was done has one event. */
function unmatched(model: Model, { events }: State): string[] {
  const told = events
    .filter(({ requestId }) => requestId !== commandLine)
    .map((event) => `${event.requestId}: ${describeEvent(event)}`);
  const done = [...model.acknowledged.values()].map(
    (effect) => `${effect.requestId}: ${describe({ ...effect, subjectId: model.idOf(effect.subjectId) })}`,
  );
  const [toldOnce, doneOnce] = [new Set(told), new Set(done)];
  return [
    ...told.filter((one) => !doneOnce.has(one)).map((one) => `${one}, which was not done`),
    ...done.filter((one) => !toldOnce.has(one)).map((one) => `${one}, without an event`),
    ...(told.length === toldOnce.size ? [] : [`${told.length - toldOnce.size} events are there twice`]),
  ];
}

function describe({ action, kind, subjectId, organizationId }: Effect): string {
  return `${action} ${kind} ${subjectId} of ${organizationId}`;
}

function describeEvent({ action, subjectType, subjectId, organizationId }: EventRow): string {
  return `${action} ${subjectType} ${subjectId} of ${organizationId}`;
}

/** Each worker's requests are in the log in the order in which it made them. */
function disorder(model: Model, { events }: State): string[] {
  const positions = Map.groupBy(events, ({ requestId }) => requestId);
  const requests = Map.groupBy(model.acknowledged.values(), ({ requestId }) => requestId);
  const last = new Map<string, number>();
  const found: string[] = [];
  for (const [requestId, [effect]] of requests) {
    const key = `${effect?.worker} in ${effect?.organizationId}`;
    const own = (positions.get(requestId) ?? []).map(({ position }) => position);
    if (Math.min(...own) <= (last.get(key) ?? 0))
      found.push(`${requestId}: position ${Math.min(...own)} after ${last.get(key)}`);
    last.set(key, Math.max(...own));
  }
  return found;
}
