/** One operation of a bulk message on the directory: each is a transaction of its own. */
import type { GroupId, UserId } from "../../base/ids.ts";
import { createGroup, deleteGroup, patchGroup, replaceGroup } from "../../domain/directory/groups.ts";
import { createUser, deleteUser, patchUser, replaceUser } from "../../domain/directory/users.ts";
import { groupVersion, type Precondition, userVersion } from "../../domain/directory/versions.ts";
import type { JsonObject } from "../../scim/json.ts";
import type { ResourceTypeName } from "../../scim/schema/attribute.ts";
import type { DirectoryGroup, DirectoryUser } from "../../storage/directory.ts";
import { HttpError } from "../errors.ts";
import type { Exchange } from "../exchange.ts";
import { resourceIdOf } from "../ids.ts";
import { preconditionFor } from "../preconditions.ts";
import { groupLocation, userLocation } from "../representation.ts";
import type { BulkOperation } from "./request.ts";

export interface Done {
  readonly status: number;
  readonly id: string;
  readonly location: string;
  /** Undefined after DELETE. */
  readonly version: string | undefined;
}

/** @param operation with its references resolved */
export function execute(exchange: Exchange, operation: BulkOperation): Promise<Done> {
  const check = preconditionOf(exchange, operation);
  return operation.type === "User"
    ? executeOnUser(exchange, operation, check)
    : executeOnGroup(exchange, operation, check);
}

function preconditionOf({ settings }: Exchange, { method, version }: BulkOperation): Precondition {
  if (settings.requireIfMatch && method !== "POST" && version === undefined) {
    throw new HttpError(428, "version: is required; it is the version that the change is made to");
  }
  return preconditionFor(version);
}

async function executeOnUser(
  { context, caller, base }: Exchange,
  { method, id = "", data = {} }: BulkOperation,
  check: Precondition,
): Promise<Done> {
  const done = (user: DirectoryUser, status: number): Done => ({
    status,
    id: user.id,
    location: userLocation(base, user.id),
    version: userVersion(user),
  });
  if (method === "POST") return done(await createUser(context, caller, data), 201);
  const userId = resourceIdOf<UserId>(id);
  if (method === "PUT") return done(await replaceUser(context, caller, userId, data, check), 200);
  if (method === "PATCH") return done(await patchUser(context, caller, userId, data, check), 200);
  await deleteUser(context, caller, userId, check);
  return { status: 204, id, location: userLocation(base, id), version: undefined };
}

async function executeOnGroup(
  { context, caller, base }: Exchange,
  { method, id = "", data = {} }: BulkOperation,
  check: Precondition,
): Promise<Done> {
  const done = (group: DirectoryGroup, status: number): Done => ({
    status,
    id: group.id,
    location: groupLocation(base, group.id),
    version: groupVersion(group),
  });
  if (method === "POST") return done(await createGroup(context, caller, data), 201);
  const groupId = resourceIdOf<GroupId>(id);
  if (method === "PUT") return done(await replaceGroup(context, caller, groupId, data, check), 200);
  if (method === "PATCH") return done(await patchGroup(context, caller, groupId, data, check), 200);
  await deleteGroup(context, caller, groupId, check);
  return { status: 204, id, location: groupLocation(base, id), version: undefined };
}

/** Adds what could not be set before everything that it refers to was there. */
export async function addLater(
  exchange: Exchange,
  type: ResourceTypeName,
  id: string,
  later: JsonObject,
): Promise<string | undefined> {
  const data: JsonObject = {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "add", value: later }],
  };
  const patch = { method: "PATCH", bulkId: undefined, type, id, version: "*", data } as const;
  return (await execute(exchange, patch)).version;
}
