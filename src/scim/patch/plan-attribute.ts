/** Edits of an attribute as a whole, or of one sub-attribute of a singular one. */
import { unwrapSingle } from "../compat/single-values.ts";
import { badRequest } from "../error.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { assertOnePrimary } from "../resource/assert-valid.ts";
import { pathOf } from "../resource/flat-keys.ts";
import { parseAttributeValue } from "../resource/parse-value.ts";
import type { AttributeTarget } from "../schema/registry.ts";
import { changesOf } from "./changes.ts";
import type { Action } from "./message.ts";
import type { Edit } from "./patch.ts";

/** @throws ScimError 400 invalidValue; 400 mutability for the removal of what must stay */
export function planAttribute(action: Action, target: AttributeTarget): readonly Edit[] {
  if (target.attribute.multiValued) return planList(action, target);
  return target.attribute.type === "complex" ? planComplex(action, target) : [planSimple(action, target)];
}

function planSimple(action: Action, target: AttributeTarget): Edit {
  const { attribute } = target;
  const path = pathOf(target);
  const value = action.op === "remove" ? undefined : parseAttributeValue(attribute, action.value, path);
  // A user of whom `active` is not said is active: clearing it would let in again who was kept out.
  const mustStay = attribute.required || attribute.name === "active";
  if (value !== undefined || !mustStay) return { kind: "set", place: target, value };
  if (action.op === "remove") throw badRequest("mutability", `${path} cannot be removed.`);
  throw badRequest("invalidValue", `${path} needs a value.`);
}

/** Add and replace do the same here: both leave the sub-attributes that the value does not name. */
function planComplex(action: Action, target: AttributeTarget): readonly Edit[] {
  const { attribute, sub } = target;
  const path = pathOf(target);
  if (sub !== undefined) {
    const part = action.op === "remove" ? undefined : parseAttributeValue(sub, action.value, path);
    // An empty `manager.value` clears the manager, as `manager` itself does.
    const value = sub.name === "value" && part === "" ? undefined : part;
    return [{ kind: "merge", place: target, changes: [{ sub, value }] }];
  }
  const cleared: Edit = { kind: "set", place: target, value: undefined };
  if (action.op === "remove") return [cleared];
  const parsed = parseAttributeValue(attribute, action.value, path);
  if (parsed === undefined && !isJsonObject(unwrapSingle(action.value))) return [cleared];
  const changes = changesOf(attribute, action.value, isJsonObject(parsed) ? parsed : {});
  return changes.length === 0 ? [] : [{ kind: "merge", place: target, changes }];
}

function planList({ op, value }: Action, target: AttributeTarget): readonly Edit[] {
  const elements = value === undefined ? undefined : elementsOf(target, value);
  switch (op) {
    case "add":
      return elements === undefined ? [] : [{ kind: "append", place: target, elements }];
    case "replace":
      return [{ kind: "set", place: target, value: elements }];
    case "remove":
      // As with members, a list says what is to be removed.
      if (value !== undefined && value !== null)
        return [{ kind: "subtract", place: target, elements: elements ?? [] }];
      return [{ kind: "set", place: target, value: undefined }];
  }
}

function elementsOf(target: AttributeTarget, value: JsonValue): readonly JsonObject[] | undefined {
  const path = pathOf(target);
  const parsed = parseAttributeValue(target.attribute, value, path);
  if (!isJsonArray(parsed)) return undefined;
  assertOnePrimary(target.attribute, parsed, path);
  return parsed.filter(isJsonObject);
}
