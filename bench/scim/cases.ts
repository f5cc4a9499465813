/** What is measured. Every round runs all of it in this order: the service and the bare server next to each other. */
import { bulkOperations, type CallName, type ServerName } from "./calls.ts";

export interface ScimCase {
  /** Users in the directory. */
  readonly users: number;
  readonly server: ServerName;
  readonly call: CallName;
  readonly callers: number;
  /** Members of the group that one is added to. */
  readonly groupSize: number | undefined;
}

export const directorySizes = [1_000, 10_000, 100_000] as const;
export const million = 1_000_000;
/** In the directory of as many users as the largest has members. */
export const groupSizes = [100, 1_000, 10_000, 100_000] as const;
export const largestGroup = 100_000;
export const createCallers = [1, 16, 64] as const;

const readCallers = 32;
const pageCallers = 16;
const memberCallers = 16;

export const pageCalls = [
  "first page by cursor",
  "last page by cursor",
  "first page by index",
  "last page by index",
] as const;

export function casesOf(sizes: readonly number[]): readonly ScimCase[] {
  const [smallest = 0] = sizes;
  return [
    one("service", { users: smallest, call: "discovery", callers: readCallers }),
    ...sizes.flatMap(casesOfSize),
  ];
}

function casesOfSize(users: number): readonly ScimCase[] {
  return [
    ...both({ users, call: "get", callers: readCallers }),
    ...both({ users, call: "filter", callers: readCallers }),
    ...pageCalls.flatMap((call) => {
      const item = { users, call, callers: pageCallers };
      // The bare read is the same by whatever the service pages.
      return call.endsWith("by cursor") ? both(item) : [one("service", item)];
    }),
    ...createCallers.flatMap((callers) => both({ users, call: "create", callers })),
    ...(users === largestGroup
      ? groupSizes.flatMap((groupSize) => both({ users, call: "member", callers: memberCallers, groupSize }))
      : []),
    one("service", { users, call: "bulk", callers: 1 }),
  ];
}

type Measured = Omit<ScimCase, "server" | "groupSize"> & { readonly groupSize?: number };

function both(item: Measured): readonly ScimCase[] {
  return [one("bare", item), one("service", item)];
}

function one(server: ServerName, { groupSize, ...rest }: Measured): ScimCase {
  return { ...rest, server, groupSize };
}

/** Of all that one table shows. */
export const callTitles: Readonly<Record<CallName, string>> = {
  discovery: "GET /ServiceProviderConfig: stack and credential alone",
  get: "GET one user",
  filter: "filter by userName",
  "first page by cursor": "first page of 100 by cursor",
  "last page by cursor": "last page of 100 by cursor",
  "first page by index": "first page of 100 by startIndex",
  "last page by index": "last page of 100 by startIndex",
  create: "create a user",
  member: "PATCH: add a member, remove one",
  bulk: `Bulk of ${bulkOperations} creates`,
};

export function rowTitle({ users, server, call, callers, groupSize }: ScimCase): string {
  const where = groupSize === undefined ? `${grouped(users)} users` : `a group of ${grouped(groupSize)}`;
  const who = call === "create" ? `, ${callers} ${callers === 1 ? "caller" : "callers"}` : "";
  return `${where}${who}: ${server}`;
}

/** What `--only` searches. */
export function nameOf(item: ScimCase): string {
  return `${callTitles[item.call]}: ${rowTitle(item)}`;
}

export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
