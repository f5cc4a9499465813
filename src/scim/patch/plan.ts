/** From operations to edits: everything that can be refused without knowing the resource is refused here. */
import { unwrapSingle } from "../compat/single-values.ts";
import { badRequest, type ScimError } from "../error.ts";
import type { FilterExpression } from "../filter/ast.ts";
import { parsePath } from "../filter/path.ts";
import { isJsonObject, type JsonValue } from "../json.ts";
import { expandFlatKeys, pathOf } from "../resource/flat-keys.ts";
import type { ResourceType, Schema } from "../schema/attribute.ts";
import { membersAttribute } from "../schema/group.ts";
import { type AttributeTarget, findAttribute, resolvePath } from "../schema/registry.ts";
import { foldMembers, immutableMember } from "./members.ts";
import type { MembersFold } from "./members-fold.ts";
import type { Action, Operation } from "./message.ts";
import type { Edit } from "./patch.ts";
import { planAttribute } from "./plan-attribute.ts";
import { planSelection } from "./plan-selection.ts";

export interface Planning {
  readonly type: ResourceType;
  /** Takes what is asked of a group's members. */
  readonly members: MembersFold;
}

/** @throws ScimError 400 */
export function planOperation(planning: Planning, { action, path }: Operation): readonly Edit[] {
  if (path !== undefined) return planPath(planning, action, path);
  if (action.op === "remove") {
    throw badRequest("noTarget", "An operation with op remove needs a path.");
  }
  return planResource(planning, action.op, action.value);
}

function planPath(planning: Planning, action: Action, path: string): readonly Edit[] {
  const { attributePath, filter, subAttribute } = parsePath(path);
  const target = resolvePath(planning.type, attributePath);
  if (target === undefined) throw unknownAttribute(planning.type, attributePath);
  if (target.kind === "extension") {
    if (filter !== undefined) throw filterOnSingle(target.schema.name);
    return planExtension(planning, action, target.schema);
  }
  if (filter === undefined) return planTarget(planning, action, target);
  const { attribute, sub } = target;
  if (!attribute.multiValued || sub !== undefined) throw filterOnSingle((sub ?? attribute).name);
  if (subAttribute === undefined) return planTarget(planning, action, target, filter);
  const selected = findAttribute(attribute.subAttributes ?? [], subAttribute);
  if (selected === undefined) throw unknownAttribute(planning.type, subAttribute);
  return planTarget(planning, action, { ...target, sub: selected }, filter);
}

/** RFC 7644 section 3.5.2: the URN alone stands for all of the extension's attributes, like a complex attribute. */
function planExtension(planning: Planning, action: Action, schema: Schema): readonly Edit[] {
  if (action.op === "remove") return [{ kind: "clearExtension", schema }];
  return planResource(planning, action.op, { [schema.id]: action.value });
}

/**
 * The value is part of a resource. As in POST and PUT, what no schema defines and what is readOnly is ignored: Okta sends
 * a group's `id` with its new displayName.
 */
function planResource(planning: Planning, op: "add" | "replace", value: JsonValue): readonly Edit[] {
  const part = unwrapSingle(value);
  if (!isJsonObject(part)) {
    throw badRequest("invalidValue", "Without a path, the value must be an object of attributes.");
  }
  return expandFlatKeys(planning.type, part).flatMap(({ name, target, value: each }) => {
    const action: Action = { op, value: each };
    if (target === undefined) return planFilteredKey(planning, action, name);
    return isReadOnly(target) ? [] : planTarget(planning, action, target);
  });
}

/** Entra ID's flat keys can be paths with a filter: `emails[type eq "work"].value`. */
function planFilteredKey(planning: Planning, action: Action, key: string): readonly Edit[] {
  if (!key.includes("[")) return [];
  const target = resolvePath(planning.type, parsePath(key).attributePath);
  if (target === undefined || (target.kind === "attribute" && isReadOnly(target))) return [];
  return planPath(planning, action, key);
}

function planTarget(
  planning: Planning,
  action: Action,
  target: AttributeTarget,
  filter?: FilterExpression,
): readonly Edit[] {
  const { attribute, sub } = target;
  if (isReadOnly(target)) throw badRequest("mutability", `${pathOf(target)} is read-only.`);
  // Users sign in at the identity provider.
  if (attribute.mutability === "writeOnly") return [];
  if (attribute === membersAttribute) {
    if (sub !== undefined) throw immutableMember();
    foldMembers(planning.members, action, filter);
    return [];
  }
  const isPart = attribute.multiValued && (filter !== undefined || sub !== undefined);
  return isPart ? planSelection(action, target, filter) : planAttribute(action, target);
}

function isReadOnly({ attribute, sub }: AttributeTarget): boolean {
  return attribute.mutability === "readOnly" || sub?.mutability === "readOnly";
}

/** Names longer than any attribute's are not repeated. */
function unknownAttribute(type: ResourceType, path: string): ScimError {
  const name = path.length > 64 ? "an attribute" : path;
  return badRequest(
    "invalidPath",
    `The path names ${name}, which the schemas of a ${type.name} do not define.`,
  );
}

function filterOnSingle(name: string): ScimError {
  return badRequest("invalidPath", `${name} is not multi-valued: no filter in brackets can follow.`);
}
