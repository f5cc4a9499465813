/**
 * Operations on a group's members. They never become edits: a group's members are not loaded to change a few of them, so
 * all that is asked of them must be known by their ids.
 */
import { badRequest, type ScimError } from "../error.ts";
import type { FilterExpression } from "../filter/ast.ts";
import { parseMembers } from "../resource/members.ts";
import { parsePrimitive } from "../resource/parse-primitive.ts";
import { membersAttribute } from "../schema/group.ts";
import { findAttribute } from "../schema/registry.ts";
import type { MembersFold } from "./members-fold.ts";
import type { Action } from "./message.ts";

/**
 * @throws ScimError 400 invalidValue for who cannot be a member; 400 invalidFilter for a filter that is not by value; 400
 *   mutability for what would change a member instead of the list
 */
export function foldMembers(
  fold: MembersFold,
  { op, value }: Action,
  filter: FilterExpression | undefined,
): void {
  if (filter !== undefined) {
    if (op !== "remove") throw immutableMember();
    fold.remove(idsOf(filter));
    return;
  }
  // Entra ID lists the members to be removed. Only without a list are all of them meant (azure-docs#30826).
  if (value !== undefined && value !== null) fold[op](parseMembers(value));
  else if (op !== "add") fold.replace([]);
}

/** The sub-attributes of a member are immutable (RFC 7643 section 8.7.1). */
export function immutableMember(): ScimError {
  return badRequest(
    "mutability",
    "A member cannot be changed. Add, remove or replace members with the path members.",
  );
}

function idsOf(filter: FilterExpression): readonly string[] {
  const selected = selectedBy(filter);
  if (selected === "all") throw notByValue();
  return selected;
}

/** The ids that a filter names; all of them as far as it speaks of the members' type, since all are users. */
type Selected = readonly string[] | "all";

function selectedBy(filter: FilterExpression): Selected {
  switch (filter.kind) {
    case "or":
      return filter.terms.map((term) => selectedBy(term)).reduce(union);
    case "and":
      return filter.terms.map((term) => selectedBy(term)).reduce(intersection);
    case "compare":
      return selectedByComparison(filter);
    default:
      throw notByValue();
  }
}

function selectedByComparison({
  subject,
  operator,
  value,
}: Extract<FilterExpression, { kind: "compare" }>): Selected {
  const sub = findAttribute(membersAttribute.subAttributes ?? [], subject.attributePath);
  if (sub === undefined || operator !== "eq" || value.type === "null") throw notByValue();
  const text = value.type === "number" ? value.text : String(value.value);
  if (sub.name === "value") return [String(parsePrimitive(sub, text, "members.value"))];
  if (sub.name !== "type") throw notByValue();
  return text.toLowerCase() === "user" ? "all" : [];
}

function union(one: Selected, other: Selected): Selected {
  return one === "all" || other === "all" ? "all" : [...one, ...other];
}

function intersection(one: Selected, other: Selected): Selected {
  if (one === "all") return other;
  return other === "all" ? one : one.filter((id) => other.includes(id));
}

function notByValue(): ScimError {
  return badRequest("invalidFilter", 'Members are filtered by their value: members[value eq "id"].');
}
