/** What the service has acknowledged so far, and what it was asked for and has not answered. */

export type Kind =
  | "organization"
  | "sso_configuration"
  | "scim_configuration"
  | "personal_access_token"
  /** A member whom a directory has brought, there or left. */
  | "user"
  | "group";
export type Action =
  | "created"
  | "updated"
  | "token_regenerated"
  | "activated"
  | "deactivated"
  | "members_changed"
  | "deleted";
export type Fields = Readonly<Record<string, string>>;

/** One change, under the request id that its event will carry. */
export interface Effect {
  /** The request id; with a number after it where a request asks for several. */
  readonly key: string;
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

/** As the database has what is not there. */
export const absent = "null";

/** Whom no directory has any more keep these of what it said of them. */
const withoutDirectory: Readonly<Record<"user" | "group", Fields>> = {
  user: {
    configurationId: absent,
    userName: absent,
    externalId: absent,
    active: absent,
    displayName: absent,
    title: absent,
    addresses: absent,
  },
  group: { configurationId: absent, externalId: absent },
};

/** A group's members as a field: by email, which stays a member's for good. */
export function memberList(emails: readonly string[]): string {
  return emails.length === 0 ? absent : emails.toSorted().join();
}

export function membersIn(list = absent): readonly string[] {
  return list === absent ? [] : list.split(",");
}

export class Model {
  readonly resources = new Map<string, Resource>();
  /** By key, in the order of the answers. */
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
    this.pending.set(effect.key, effect);
  }

  /** To be called when the answer has come, and not before. */
  acknowledge(effect: Effect, subjectId: string, learned: Fields = {}): void {
    this.settle({ ...effect, fields: { ...effect.fields, ...learned } }, subjectId);
  }

  /** The effect has happened: it was answered, or its event was found. */
  settle(effect: Effect, subjectId: string): void {
    const settled = { ...effect, subjectId, organizationId: effect.organizationId ?? subjectId };
    this.pending.delete(effect.key);
    this.acknowledged.set(effect.key, settled);
    if (effect.action !== "deleted") this.#set(settled);
    else if (effect.kind === "user") this.#leave(subjectId);
    else this.#remove(subjectId);
  }

  #set({ kind, worker, organizationId, subjectId, fields }: Settled): void {
    const former = this.resources.get(subjectId)?.fields;
    this.resources.set(subjectId, { kind, worker, organizationId, fields: { ...former, ...fields } });
  }

  #remove(id: string): void {
    for (const [other, resource] of this.resources) {
      if (other === id || resource.organizationId === id) this.resources.delete(other);
      else if (resource.fields.configurationId === id) this.#update(other, resource, handedOver(resource));
    }
  }

  /** A user who is deleted from their directory is a member who has left, and in none of its groups. */
  #leave(userId: string): void {
    const user = this.resources.get(userId);
    if (user === undefined) return;
    const { configurationId, email = "" } = user.fields;
    this.#update(userId, user, { ...withoutDirectory.user, status: "left" });
    for (const [id, group] of this.resources) {
      if (group.kind !== "group" || group.fields.configurationId !== configurationId) continue;
      const others = membersIn(group.fields.members).filter((member) => member !== email);
      this.#update(id, group, { members: memberList(others) });
    }
  }

  #update(id: string, resource: Resource, fields: Fields): void {
    this.resources.set(id, { ...resource, fields: { ...resource.fields, ...fields } });
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

/** What becomes of a directory's users and groups with its configuration's end. */
function handedOver({ kind }: Resource): Fields {
  return kind === "user" || kind === "group" ? withoutDirectory[kind] : {};
}
