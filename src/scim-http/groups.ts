import type { HttpResponse } from "../base/http.ts";
import type { GroupId } from "../base/ids.ts";
import { createGroup, deleteGroup, getGroup, patchGroup, replaceGroup } from "../domain/directory/groups.ts";
import { groupVersion } from "../domain/directory/versions.ts";
import type { Selection } from "../scim/projection/selection.ts";
import type { DirectoryGroup } from "../storage/directory.ts";
import { readObject } from "./body.ts";
import type { Exchange } from "./exchange.ts";
import { readGroup, renderGroup } from "./group-body.ts";
import { resourceIdOf } from "./ids.ts";
import { answer, answerNothing } from "./media.ts";
import { isUnmodified, preconditionOf, toEtag } from "./preconditions.ts";
import { groupLocation } from "./representation.ts";
import { selectionOf } from "./selection.ts";

/** RFC 7644 section 3.3. */
export async function handleCreateGroup(exchange: Exchange): Promise<HttpResponse> {
  const { context, caller, base, query } = exchange;
  const selection = selectionOf(query, "Group");
  const group = await createGroup(context, caller, await readObject(exchange));
  const location = groupLocation(base, group.id);
  return await answerGroup(exchange, group.id, selection, 201, { location, "content-location": location });
}

/** RFC 7644 section 3.4.1. */
export async function handleGetGroup(exchange: Exchange, text: string): Promise<HttpResponse> {
  const id = resourceIdOf<GroupId>(text);
  // Of the group alone, which may have many members, the version can be told.
  if (exchange.request.header("if-none-match") !== undefined) {
    const version = groupVersion(await getGroup(exchange.context, exchange.caller, id));
    if (isUnmodified(exchange, version)) return answerNothing(304, { etag: toEtag(version) });
  }
  return await answerGroup(exchange, id, selectionOf(exchange.query, "Group"), 200);
}

/** RFC 7644 section 3.5.1. */
export async function handleReplaceGroup(exchange: Exchange, text: string): Promise<HttpResponse> {
  const { context, caller, query } = exchange;
  const id = resourceIdOf<GroupId>(text);
  const selection = selectionOf(query, "Group");
  const check = preconditionOf(exchange);
  await replaceGroup(context, caller, id, await readObject(exchange), check);
  return await answerGroup(exchange, id, selection, 200);
}

/**
 * RFC 7644 section 3.5.2: 204, since the members need not be loaded for it, which is also what Entra ID wants; with the
 * resource only when the query selects attributes.
 */
export async function handlePatchGroup(exchange: Exchange, text: string): Promise<HttpResponse> {
  const { context, caller, query } = exchange;
  const id = resourceIdOf<GroupId>(text);
  const selection = selectionOf(query, "Group");
  const check = preconditionOf(exchange);
  const group = await patchGroup(context, caller, id, await readObject(exchange), check);
  const isAsked = query.has("attributes") || query.has("excludedAttributes");
  return isAsked ? await answerGroup(exchange, id, selection, 200) : answerNothing(204, etagOf(group));
}

/** RFC 7644 section 3.6. */
export async function handleDeleteGroup(exchange: Exchange, text: string): Promise<HttpResponse> {
  const { context, caller } = exchange;
  await deleteGroup(context, caller, resourceIdOf<GroupId>(text), preconditionOf(exchange));
  return answerNothing(204);
}

/** @param selection read before anything is changed: one that is refused must leave everything as it was */
async function answerGroup(
  exchange: Exchange,
  id: GroupId,
  selection: Selection,
  status: number,
  headers: HttpResponse["headers"] = {},
): Promise<HttpResponse> {
  const read = await readGroup(exchange, id, selection);
  const body = renderGroup(exchange.base, read, selection);
  return answer(status, body, { ...headers, ...etagOf(read.group) });
}

function etagOf(group: DirectoryGroup): { readonly etag: string } {
  return { etag: toEtag(groupVersion(group)) };
}
