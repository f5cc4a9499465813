/** What a PATCH request means, before the resource is known: what its operations come to, in their order. */
import type { Condition } from "../filter/condition.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import type { Attribute, Schema } from "../schema/attribute.ts";

export interface Patch {
  readonly edits: readonly Edit[];
  /** Of a group, and only when the request speaks of its members. */
  readonly members: MembersPatch | undefined;
}

/** Ids as they are sent, each once. No id is in both lists of a delta. */
export type MembersPatch =
  | { readonly kind: "delta"; readonly add: readonly string[]; readonly remove: readonly string[] }
  | { readonly kind: "replace"; readonly members: readonly string[] };

/** The attribute that an edit is about, and the extension whose it is. */
export interface Place {
  readonly extension: Schema | undefined;
  readonly attribute: Attribute;
}

/** A sub-attribute's next value; undefined clears it. */
export interface Change {
  readonly sub: Attribute;
  readonly value: JsonValue | undefined;
}

/** All values in it are canonical. */
export type Edit =
  /** The whole attribute; undefined clears it. */
  | { readonly kind: "set"; readonly place: Place; readonly value: JsonValue | undefined }
  /** Of a singular complex attribute. */
  | { readonly kind: "merge"; readonly place: Place; readonly changes: readonly Change[] }
  /** To a multi-valued attribute. */
  | { readonly kind: "append"; readonly place: Place; readonly elements: readonly JsonObject[] }
  /** From a multi-valued attribute: the elements that have all sub-attributes of one of these. */
  | { readonly kind: "subtract"; readonly place: Place; readonly elements: readonly JsonObject[] }
  | SelectEdit
  | { readonly kind: "clearExtension"; readonly schema: Schema };

/** What is done to the elements of a multi-valued attribute that satisfy a condition. */
export interface SelectEdit {
  readonly kind: "select";
  readonly place: Place;
  readonly where: Condition;
  readonly action: ElementAction;
  /** What is done when no element does. */
  readonly otherwise: { readonly kind: "nothing" | "noTarget" } | ElementCreation;
}

export type ElementAction =
  | { readonly kind: "remove" }
  | { readonly kind: "replace"; readonly element: JsonObject }
  | { readonly kind: "merge"; readonly changes: readonly Change[] };

export interface ElementCreation {
  readonly kind: "create";
  readonly element: JsonObject;
}
