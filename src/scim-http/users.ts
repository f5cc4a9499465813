import type { HttpResponse } from "../base/http.ts";
import type { UserId } from "../base/ids.ts";
import { createUser, deleteUser, getUser, patchUser, replaceUser } from "../domain/directory/users.ts";
import { userVersion } from "../domain/directory/versions.ts";
import type { Selection } from "../scim/projection/selection.ts";
import type { DirectoryUser } from "../storage/directory.ts";
import { readObject } from "./body.ts";
import type { Exchange } from "./exchange.ts";
import { resourceIdOf } from "./ids.ts";
import { answer, answerNothing } from "./media.ts";
import { isUnmodified, preconditionOf, toEtag } from "./preconditions.ts";
import { renderUser, userLocation } from "./representation.ts";
import { selectionOf } from "./selection.ts";

/** RFC 7644 section 3.3. */
export async function handleCreateUser(exchange: Exchange): Promise<HttpResponse> {
  const { context, caller, base, query } = exchange;
  const selection = selectionOf(query, "User");
  const user = await createUser(context, caller, await readObject(exchange));
  const location = userLocation(base, user.id);
  return answerUser(base, user, selection, 201, { location, "content-location": location });
}

/** RFC 7644 section 3.4.1. */
export async function handleGetUser(exchange: Exchange, id: string): Promise<HttpResponse> {
  const user = await getUser(exchange.context, exchange.caller, resourceIdOf<UserId>(id));
  const version = userVersion(user);
  if (isUnmodified(exchange, version)) return answerNothing(304, { etag: toEtag(version) });
  return answerUser(exchange.base, user, selectionOf(exchange.query, "User"), 200);
}

/** RFC 7644 section 3.5.1. */
export async function handleReplaceUser(exchange: Exchange, id: string): Promise<HttpResponse> {
  const { context, caller, base, query } = exchange;
  const selection = selectionOf(query, "User");
  const check = preconditionOf(exchange);
  const body = await readObject(exchange);
  const user = await replaceUser(context, caller, resourceIdOf<UserId>(id), body, check);
  return answerUser(base, user, selection, 200);
}

/** RFC 7644 section 3.5.2. With the resource in the answer, which Okta reads. */
export async function handlePatchUser(exchange: Exchange, id: string): Promise<HttpResponse> {
  const { context, caller, base, query } = exchange;
  const selection = selectionOf(query, "User");
  const check = preconditionOf(exchange);
  const body = await readObject(exchange);
  const user = await patchUser(context, caller, resourceIdOf<UserId>(id), body, check);
  return answerUser(base, user, selection, 200);
}

/** RFC 7644 section 3.6. */
export async function handleDeleteUser(exchange: Exchange, id: string): Promise<HttpResponse> {
  const { context, caller } = exchange;
  await deleteUser(context, caller, resourceIdOf<UserId>(id), preconditionOf(exchange));
  return answerNothing(204);
}

/** @param selection read before anything is changed: one that is refused must leave everything as it was */
function answerUser(
  base: string,
  user: DirectoryUser,
  selection: Selection,
  status: number,
  headers: HttpResponse["headers"] = {},
): HttpResponse {
  const body = renderUser(base, user, selection);
  return answer(status, body, { ...headers, etag: toEtag(userVersion(user)) });
}
