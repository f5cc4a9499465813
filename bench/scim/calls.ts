/** What is called, and what a caller sends for it: to the service as SCIM, to the bare server in the plainest form. */
import type { DirectoryFacts, GroupFacts } from "./directory-facts.ts";
import { bulkBody, memberPatchBody, userBody } from "./resources.ts";

export const callNames = [
  "discovery",
  "get",
  "filter",
  "first page by cursor",
  "last page by cursor",
  "first page by index",
  "last page by index",
  "create",
  "member",
  "bulk",
] as const;
export type CallName = (typeof callNames)[number];
export type ServerName = "service" | "bare";

/** Of lists. */
export const pageSize = 100;
/** Users who are read, so many that no cache holds them all. */
export const sampledUsers = 4_096;
/** One for each caller who adds and removes a member; a page, so that the last one is whole. */
export const spareUsers = 100;
export const bulkOperations = 1_000;

/** A number of its own takes the place of each in the body of a request. */
export const numberMark = "{number}";

export interface HttpCall {
  readonly method: "GET" | "POST" | "PATCH";
  /** With the query. */
  readonly path: string;
  readonly body?: string | undefined;
}

/** The requests of each caller, one after the other and again from the first; callers take turns over the lists. */
export interface CallPlan {
  readonly lists: readonly (readonly HttpCall[])[];
  /** Of every answer. */
  readonly status: number;
}

const scim = "/scim/v2";
const statuses: Readonly<Partial<Record<CallName, number>>> = { create: 201, member: 204 };

/** @param groupSize of the group that a member is added to */
export function planOf(
  server: ServerName,
  call: CallName,
  facts: DirectoryFacts,
  groupSize: number | undefined,
  callers: number,
): CallPlan {
  const lists = listsOf(server, call, facts, groupSize, callers);
  return { lists, status: statuses[call] ?? 200 };
}

function listsOf(
  server: ServerName,
  call: CallName,
  facts: DirectoryFacts,
  groupSize: number | undefined,
  callers: number,
): readonly (readonly HttpCall[])[] {
  const isBare = server === "bare";
  switch (call) {
    case "discovery":
      return [[get(`${scim}/ServiceProviderConfig`)]];
    case "get":
      return dealt(
        facts.users.map(({ id }) => get(isBare ? `/id/${id}` : `${scim}/Users/${id}`)),
        callers,
      );
    case "filter":
      return dealt(
        facts.users.map(({ userName }) => get(isBare ? `/name/${userName}` : filterPath(userName))),
        callers,
      );
    case "create":
      return [[{ method: "POST", path: isBare ? "/" : `${scim}/Users`, body: newUser }]];
    case "member":
      return facts.spareUserIds.map((userId) => memberCalls(server, groupOf(facts, groupSize), userId));
    case "bulk":
      return [[{ method: "POST", path: `${scim}/Bulk`, body: newUsers }]];
    default:
      return [[get(isBare ? keysetPath(call, facts) : pagePath(call, facts))]];
  }
}

const newUser = JSON.stringify(userBody(0, `new-${numberMark}`));
const newUsers = JSON.stringify(bulkBody(bulkOperations, `bulk-${numberMark}`));

function get(path: string): HttpCall {
  return { method: "GET", path };
}

function filterPath(userName: string): string {
  return `${scim}/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`;
}

function pagePath(call: CallName, { cursorOfLastPage, userCount }: DirectoryFacts): string {
  const pages = `${scim}/Users?count=${pageSize}`;
  switch (call) {
    case "first page by cursor":
      return `${pages}&cursor=`;
    case "last page by cursor":
      return `${pages}&cursor=${cursorOfLastPage}`;
    case "last page by index":
      return `${pages}&startIndex=${userCount - pageSize + 1}`;
    default:
      return `${pages}&startIndex=1`;
  }
}

function keysetPath(call: CallName, { idBeforeLastPage }: DirectoryFacts): string {
  return `/after/${call.startsWith("first") ? "" : idBeforeLastPage}`;
}

/** In turns, so that the group keeps its size. */
function memberCalls(server: ServerName, group: GroupFacts, userId: string): readonly HttpCall[] {
  const path = server === "bare" ? `/group/${group.id}` : `${scim}/Groups/${group.id}`;
  return (["add", "remove"] as const).map((operation) => {
    const body =
      server === "bare"
        ? JSON.stringify({ operation, userId })
        : JSON.stringify(memberPatchBody(operation, userId));
    return { method: "PATCH", path, body };
  });
}

export function groupOf({ groups }: DirectoryFacts, size: number | undefined): GroupFacts {
  const group = groups.find(({ members }) => members === size);
  if (group === undefined) throw new Error(`there is no group of ${size} members`);
  return group;
}

/** To each caller every so-manieth, so that all callers together go through all of them. */
function dealt(calls: readonly HttpCall[], callers: number): readonly (readonly HttpCall[])[] {
  return Array.from({ length: Math.min(callers, calls.length) }, (_, caller) =>
    calls.filter((_, place) => place % callers === caller),
  );
}
