/** A PATCH request is planned first and applied then (`apply.ts`): it is refused as a whole, or done as a whole. */
import { ScimError } from "../error.ts";
import type { JsonValue } from "../json.ts";
import type { ResourceType } from "../schema/attribute.ts";
import { createMembersFold } from "./members-fold.ts";
import { type Operation, readOperations } from "./message.ts";
import type { Edit, Patch } from "./patch.ts";
import { type Planning, planOperation } from "./plan.ts";

export type { MembersPatch, Patch } from "./patch.ts";

/**
 * What the body of a PATCH request asks for, by RFC 7644 section 3.5.2 and as providers speak it.
 *
 * @throws ScimError 400 invalidSyntax for a body that is no PatchOp message; 400 invalidPath, invalidFilter, invalidValue,
 *   mutability or noTarget, whose detail says in which operation; 413 tooMany
 */
export function parsePatch(type: ResourceType, body: JsonValue): Patch {
  const planning: Planning = { type, members: createMembersFold() };
  const edits = readOperations(body).flatMap((operation, index) =>
    planNumbered(planning, operation, index + 1),
  );
  return { edits, members: planning.members.result() };
}

function planNumbered(planning: Planning, operation: Operation, number: number): readonly Edit[] {
  try {
    return planOperation(planning, operation);
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    const detail = `Operation ${number}: ${error.message}`;
    throw new ScimError(error.status, error.scimType, detail, { cause: error });
  }
}
