import { ScimError } from "../error.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, ownValue } from "../json.ts";
import { limits } from "../limits.ts";
import { assertValid } from "../resource/assert-valid.ts";
import { toDocument } from "../resource/document.ts";
import type { ResourceType } from "../schema/attribute.ts";
import { withChanges } from "./changes.ts";
import { append, select, subtract } from "./elements.ts";
import type { Change, Edit, Patch, Place } from "./patch.ts";

/**
 * The attributes after the edits, one after the other. What is passed in is never changed, and is itself the result when the
 * edits come to nothing, though they may have led there and back.
 *
 * @param attributes canonical, as `parseDocument` and `parseResource` give them
 * @throws ScimError 400 noTarget, 400 invalidValue; 413 tooMany when too many elements would have to be looked at
 */
export function applyPatch(type: ResourceType, patch: Patch, attributes: JsonObject): JsonObject {
  const next = patch.edits.reduce(applyEdit(), attributes);
  if (next === attributes || toDocument(type, next) === toDocument(type, attributes)) return attributes;
  assertValid(type, next);
  return next;
}

type ApplyEdit = (attributes: JsonObject, edit: Edit) => JsonObject;

function applyEdit(): ApplyEdit {
  let visits = 0;
  return (attributes, edit) => {
    if (edit.kind === "clearExtension") return withValue(attributes, edit.schema.id, undefined);
    const { place } = edit;
    const current = valueAt(attributes, place);
    // A thousand filters over a thousand elements would hold up everybody else.
    visits += isJsonArray(current) ? current.length : 1;
    if (visits > limits.patchVisitsMax) throw tooManyVisits();
    return withValueAt(attributes, place, nextValue(current, edit));
  };
}

function nextValue(
  current: JsonValue | undefined,
  edit: Exclude<Edit, { kind: "clearExtension" }>,
): JsonValue | undefined {
  const { attribute } = edit.place;
  const elements = isJsonArray(current) ? current.filter(isJsonObject) : [];
  switch (edit.kind) {
    case "set":
      return edit.value;
    case "merge":
      return merge(edit.place, isJsonObject(current) ? current : {}, edit.changes);
    case "append":
      return append(attribute, elements, edit.elements);
    case "subtract":
      return subtract(elements, edit.elements);
    case "select":
      return select(elements, edit);
  }
}

/** What refers to something else by its `value`, as a manager does, keeps nothing that was said of what it referred to. */
function merge({ attribute }: Place, current: JsonObject, changes: readonly Change[]): JsonObject {
  const reference = changes.find(({ sub }) => sub.name === "value");
  const isOther = reference !== undefined && reference.value !== ownValue(current, "value");
  return withChanges(attribute, isOther ? {} : current, changes);
}

function valueAt(attributes: JsonObject, { extension, attribute }: Place): JsonValue | undefined {
  const values = extension === undefined ? attributes : ownValue(attributes, extension.id);
  return isJsonObject(values) ? ownValue(values, attribute.name) : undefined;
}

/** An extension goes with its last attribute. */
function withValueAt(
  attributes: JsonObject,
  { extension, attribute }: Place,
  value: JsonValue | undefined,
): JsonObject {
  if (extension === undefined) return withValue(attributes, attribute.name, value);
  const present = ownValue(attributes, extension.id);
  const values = withValue(isJsonObject(present) ? present : {}, attribute.name, value);
  return withValue(attributes, extension.id, values);
}

/** Without the name when the value is none: not there, or empty (RFC 7643 section 2.5). The name is the schema's. */
function withValue(object: JsonObject, name: string, value: JsonValue | undefined): JsonObject {
  const { [name]: _, ...others } = object;
  const isNone = value === undefined || (typeof value === "object" && Object.keys(value ?? {}).length === 0);
  return isNone ? others : { ...others, [name]: value };
}

function tooManyVisits(): ScimError {
  return new ScimError(413, "tooMany", "The operations select among too many values. Send fewer at a time.");
}
