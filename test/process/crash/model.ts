/** What the service has acknowledged so far, and what it was asked for and has not answered. */

export type Kind = "organization" | "sso_configuration" | "scim_configuration" | "personal_access_token";
export type Action = "created" | "updated" | "token_regenerated" | "deleted";
export type Fields = Readonly<Record<string, string>>;

/** One mutation, under the request id that its event will carry. */
export interface Effect {
  readonly requestId: string;
  /** Who asks for it; one at a time. */
  readonly worker: number;
  readonly kind: Kind;
  readonly action: Action;
  /** Undefined for the creation of one. */
  readonly organizationId: string | undefined;
  /** Undefined for a creation, until it is answered. */
  readonly subjectId: string | undefined;
  readonly fields: Fields;
}

export interface Resource {
  readonly kind: Kind;
  readonly organizationId: string;
  /** The only worker that changes it; undefined for what was there before. */
  readonly worker: number | undefined;
  readonly fields: Fields;
}

/** An effect whose event is known, or must be. */
export interface Settled extends Effect {
  readonly organizationId: string;
  readonly subjectId: string;
}

/** Stands for a value that only an answer could have told: any but the former one. */
const unlike = "≠";

export function unknownValue(former = ""): string {
  return `${unlike}${former}`;
}

export function matches(expected: string | undefined, actual: string | undefined): boolean {
  if (expected?.startsWith(unlike)) return actual !== undefined && actual !== expected.slice(unlike.length);
  return expected === actual;
}

export class Model {
  readonly resources = new Map<string, Resource>();
  /** By request id, in the order of the answers. */
  readonly acknowledged = new Map<string, Settled>();
  readonly pending = new Map<string, Effect>();
  /** Tokens that were answered, by the id of what they belong to. */
  readonly tokens = new Map<string, string>();
  /** Ids that the answer did not tell, found out later. */
  readonly #found = new Map<string, string>();

  of(worker: number, kind: Kind): [string, Resource][] {
    return [...this.resources].filter(([, one]) => one.worker === worker && one.kind === kind);
  }

  begin(effect: Effect): void {
    this.pending.set(effect.requestId, effect);
  }

  /** To be called when the answer has come, and not before. */
  acknowledge(effect: Effect, subjectId: string, learned: Fields = {}): void {
    this.settle({ ...effect, fields: { ...effect.fields, ...learned } }, subjectId);
  }

  /** The effect has happened: it was answered, or its event was found. */
  settle(effect: Effect, subjectId: string): void {
    const settled = { ...effect, subjectId, organizationId: effect.organizationId ?? subjectId };
    this.pending.delete(effect.requestId);
    this.acknowledged.set(effect.requestId, settled);
    if (effect.action === "deleted") this.#remove(subjectId);
    else this.#set(settled);
  }

  #set({ kind, worker, organizationId, subjectId, fields }: Settled): void {
    const former = this.resources.get(subjectId)?.fields;
    this.resources.set(subjectId, { kind, worker, organizationId, fields: { ...former, ...fields } });
  }

  #remove(id: string): void {
    for (const [other, { organizationId }] of this.resources) {
      if (other === id || organizationId === id) this.resources.delete(other);
    }
  }

  /** The resource that was known as `provisional` has this id. */
  rename(provisional: string, id: string): void {
    const resource = this.resources.get(provisional);
    if (resource === undefined) return;
    this.#found.set(provisional, id);
    this.resources.delete(provisional);
    this.resources.set(id, resource);
    const token = this.tokens.get(provisional);
    this.tokens.delete(provisional);
    if (token !== undefined) this.tokens.set(id, token);
  }

  idOf(subjectId: string): string {
    return this.#found.get(subjectId) ?? subjectId;
  }
}
