/** Edits of the elements of a multi-valued attribute that a filter selects: `emails[type eq "work"].value`. */
import { unwrapSingle } from "../compat/single-values.ts";
import type { FilterExpression } from "../filter/ast.ts";
import type { Condition } from "../filter/condition.ts";
import { evaluateElement } from "../filter/evaluate.ts";
import { resolveValueFilter } from "../filter/resolve.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { pathOf } from "../resource/flat-keys.ts";
import { parseAttributeValue, parseElement } from "../resource/parse-value.ts";
import { toSearchElement } from "../resource/search-document.ts";
import type { Attribute } from "../schema/attribute.ts";
import type { AttributeTarget } from "../schema/registry.ts";
import { changesOf, withChanges } from "./changes.ts";
import { type Description, describeSelected } from "./description.ts";
import type { Action } from "./message.ts";
import type { Change, Edit, ElementAction, SelectEdit } from "./patch.ts";

const everything: Condition = { kind: "constant", value: true };

/**
 * @param target of which the sub-attribute is what is changed of the elements; without one it is the elements
 * @param filter without one, all elements are selected
 * @throws ScimError 400 invalidFilter, invalidValue
 */
export function planSelection(
  action: Action,
  target: AttributeTarget,
  filter: FilterExpression | undefined,
): readonly Edit[] {
  const selection: Selection = {
    target,
    where: filter === undefined ? everything : resolveValueFilter(target.attribute, filter),
    description: describe(target, filter),
  };
  if (action.op === "remove") return [planRemoval(selection)];
  return target.sub === undefined
    ? planElement(selection, action.op, action.value)
    : [planPart(selection, target.sub, action.value)];
}

interface Selection {
  readonly target: AttributeTarget;
  readonly where: Condition;
  readonly description: Description;
}

function describe(target: AttributeTarget, filter: FilterExpression | undefined): Description {
  if (filter === undefined) return { values: new Map(), isWhole: true };
  return describeSelected(target.attribute, filter, pathOf({ ...target, sub: undefined }));
}

/** RFC 7644 section 3.5.2.2 knows no error for what is not there: it is gone, as was asked. */
function planRemoval({ target, where }: Selection): Edit {
  const { sub } = target;
  const action: ElementAction =
    sub === undefined ? { kind: "remove" } : { kind: "merge", changes: [{ sub, value: undefined }] };
  return { kind: "select", place: target, where, action, otherwise: { kind: "nothing" } };
}

function planPart(selection: Selection, sub: Attribute, sent: JsonValue): Edit {
  const { target, where } = selection;
  const changes = [{ sub, value: parseAttributeValue(sub, sent, pathOf(target)) }];
  const action: ElementAction = { kind: "merge", changes };
  return { kind: "select", place: target, where, action, otherwise: otherwiseOf(selection, changes) };
}

function planElement(selection: Selection, op: "add" | "replace", sent: JsonValue): readonly Edit[] {
  const { target, where } = selection;
  const { attribute } = target;
  const single = unwrapSingle(sent);
  if (single === null || single === "") return op === "add" ? [] : [planRemoval(selection)];
  const changes = changesOf(attribute, single, parseElement(attribute, single, pathOf(target)));
  if (changes.length === 0) return [];
  const action: ElementAction =
    op === "add"
      ? { kind: "merge", changes }
      : { kind: "replace", element: described(attribute, selection.description, changes) };
  return [{ kind: "select", place: target, where, action, otherwise: otherwiseOf(selection, changes) }];
}

/** What the filter says of an element, with the changes. */
function described(attribute: Attribute, { values }: Description, changes: readonly Change[]): JsonObject {
  const said = [...values].map(([sub, value]) => ({ sub, value }));
  return withChanges(attribute, withChanges(attribute, {}, said), changes);
}

function otherwiseOf(selection: Selection, changes: readonly Change[]): SelectEdit["otherwise"] {
  const { target, where, description } = selection;
  // Nothing is cleared where nothing is.
  if (changes.every(({ value }) => value === undefined)) return { kind: "nothing" };
  if (!description.isWhole) return { kind: "noTarget" };
  const element = described(target.attribute, description, changes);
  const isSelected = evaluateElement(where, toSearchElement(target.attribute, element));
  return isSelected ? { kind: "create", element } : { kind: "noTarget" };
}
