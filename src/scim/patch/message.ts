/** The body of a PATCH request (RFC 7644 section 3.5.2) as operations, within its bounds. */
import { badRequest, ScimError } from "../error.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { limits } from "../limits.ts";

/** What is to be done at a path; null is a value. */
export type Action =
  | { readonly op: "add" | "replace"; readonly value: JsonValue }
  /** Entra ID says in the value which ones of a list are to be removed. */
  | { readonly op: "remove"; readonly value: JsonValue | undefined };

export interface Operation {
  readonly action: Action;
  /** Undefined for the resource itself. */
  readonly path: string | undefined;
}

const patchOp = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/**
 * An empty list is allowed, though the RFC asks for at least one operation: Entra ID sends it.
 *
 * @throws ScimError 400 invalidSyntax; 400 invalidPath for a path that is no string; 400 invalidValue when there is none to
 *   add or replace; 413 tooMany
 */
export function readOperations(body: JsonValue): readonly Operation[] {
  if (!isJsonObject(body)) throw badRequest("invalidSyntax", "The body must be a JSON object.");
  const message = fieldsOf(body);
  assertSchema(message.get("schemas"));
  const operations = message.get("operations");
  if (!isJsonArray(operations)) throw badRequest("invalidSyntax", "Operations must be an array.");
  if (operations.length > limits.patchOperationsMax) {
    throw tooMany(`A PATCH can have at most ${limits.patchOperationsMax} operations.`);
  }
  const read = operations.map(readOperation);
  assertNotTooManyValues(read);
  return read;
}

function assertSchema(schemas: JsonValue | undefined): void {
  const sent = isJsonArray(schemas) ? schemas : [schemas];
  const wanted = patchOp.toLowerCase();
  if (sent.some((urn) => typeof urn === "string" && urn.toLowerCase() === wanted)) return;
  throw badRequest("invalidSyntax", `schemas must contain ${patchOp}.`);
}

function readOperation(operation: JsonValue): Operation {
  if (!isJsonObject(operation)) throw badRequest("invalidSyntax", "Every operation must be an object.");
  const fields = fieldsOf(operation);
  return { action: readAction(fields), path: readPath(fields.get("path")) };
}

function readAction(fields: ReadonlyMap<string, JsonValue>): Action {
  const op = readOp(fields.get("op"));
  const value = fields.get("value");
  if (op === "remove") return { op, value };
  if (value === undefined) throw badRequest("invalidValue", `An operation with op ${op} needs a value.`);
  return { op, value };
}

/** Entra ID sends `Add`, `Replace` and `Remove`. */
function readOp(op: JsonValue | undefined): Action["op"] {
  const name = typeof op === "string" ? op.toLowerCase() : undefined;
  if (name === "add" || name === "replace" || name === "remove") return name;
  throw badRequest("invalidSyntax", "op must be add, replace or remove.");
}

/** Some serializers write null, or nothing, for a path that there is not. */
function readPath(path: JsonValue | undefined): string | undefined {
  if (path === undefined || path === null) return undefined;
  if (typeof path !== "string") throw badRequest("invalidPath", "path must be a string.");
  return path.trim() === "" ? undefined : path;
}

/** An object's values by lower-case name: names have no case (RFC 7643 section 2.1). */
function fieldsOf(object: JsonObject): ReadonlyMap<string, JsonValue> {
  const fields = new Map<string, JsonValue>();
  for (const [name, value] of Object.entries(object)) {
    const key = name.toLowerCase();
    if (fields.has(key)) {
      throw badRequest("invalidSyntax", "A name of the message is there twice. Names have no case.");
    }
    fields.set(key, value);
  }
  return fields;
}

function assertNotTooManyValues(operations: readonly Operation[]): void {
  let count = 0;
  for (const { action } of operations) count += countOf(action.value);
  if (count > limits.patchValuesMax) {
    throw tooMany(`A PATCH can have at most ${limits.patchValuesMax} values in all its operations together.`);
  }
}

/** Of a list its elements, of a part of the resource those of its attributes. */
function countOf(value: JsonValue | undefined): number {
  if (isJsonArray(value)) return value.length;
  if (!isJsonObject(value)) return 1;
  let count = 0;
  for (const part of Object.values(value)) count += countOf(part);
  return count;
}

function tooMany(detail: string): ScimError {
  return new ScimError(413, "tooMany", detail);
}
