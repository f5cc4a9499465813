/** Every way of naming a resource by its id: in a path, a filter, a body, a bulk operation, with a version of it. */
import { bulkRequest } from "./bulk.ts";
import { patchOp, type ScimAnswer, type ScimClient } from "./client.ts";
import { group, minimalUser } from "./resources.ts";

export interface Attempt {
  readonly name: string;
  /** What the id is of. */
  readonly of: "user" | "group";
  readonly method: string;
  /** `ownGroup` is a group of the one who attempts it. */
  path(id: string, ownGroup: string): string;
  readonly body?: (id: string) => unknown;
  /** The resource's version goes in here. */
  readonly versionHeader?: "If-Match" | "If-None-Match";
}

const filtered = (path: string, text: (id: string) => string) => (id: string) =>
  `${path}?filter=${encodeURIComponent(text(id))}`;
const patch = (...Operations: readonly unknown[]) => ({ schemas: [patchOp], Operations });
const bulk = (...Operations: readonly unknown[]) => ({ schemas: [bulkRequest], Operations });
const rename = patch({ op: "replace", path: "displayName", value: "Taken" });

function onItself(of: Attempt["of"]): readonly Attempt[] {
  const root = of === "user" ? "/Users" : "/Groups";
  const whole = of === "user" ? minimalUser("taken@example.com") : group("Taken");
  const path = (id: string): string => `${root}/${id}`;
  const writes = { PUT: () => whole, PATCH: () => rename, DELETE: () => undefined };
  return [
    { name: `GET ${root}/{id}`, of, method: "GET", path },
    { name: `GET ${root}/{id}?attributes=id`, of, method: "GET", path: (id) => `${path(id)}?attributes=id` },
    { name: `GET ${root}/{id}, If-None-Match`, of, method: "GET", path, versionHeader: "If-None-Match" },
    { name: `${root} by id`, of, method: "GET", path: filtered(root, (id) => `id eq "${id}"`) },
    {
      name: `${root}/.search by id`,
      of,
      method: "POST",
      path: () => `${root}/.search`,
      body: (id) => ({
        schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        filter: `id eq "${id}"`,
      }),
    },
    ...Object.entries(writes).flatMap(([method, body]): Attempt[] => [
      { name: `${method} ${root}/{id}`, of, method, path, body },
      { name: `${method} ${root}/{id}, If-Match`, of, method, path, body, versionHeader: "If-Match" },
      {
        name: `POST /Bulk with ${method} ${root}/{id}`,
        of,
        method: "POST",
        path: () => "/Bulk",
        body: (id) => bulk({ method, path: path(id), data: body() }),
      },
    ]),
  ];
}

const filters: readonly Attempt[] = (
  [
    ["group", "/Users", 'groups eq "{id}"'],
    ["group", "/Users", 'groups[value eq "{id}"]'],
    ["user", "/Users", 'manager eq "{id}"'],
    ["user", "/Groups", 'members eq "{id}"'],
    ["user", "/Groups", 'members[value eq "{id}"]'],
  ] as const
).map(([of, root, text]) => ({
  name: `GET ${root} with ${text}`,
  of,
  method: "GET",
  path: filtered(root, (id) => text.replace("{id}", id)),
}));

const ownGroup = (_id: string, group: string): string => `/Groups/${group}`;

const memberships: readonly Attempt[] = [
  {
    name: "POST /Groups with a member",
    of: "user",
    method: "POST",
    path: () => "/Groups",
    body: (id) => group("With a stranger", [id]),
  },
  {
    name: "POST /Groups with a member by $ref",
    of: "user",
    method: "POST",
    path: () => "/Groups",
    body: (id) => ({ ...group("With a stranger"), members: [{ value: id, $ref: `../Users/${id}` }] }),
  },
  {
    name: "PUT /Groups/{own} with a member",
    of: "user",
    method: "PUT",
    path: ownGroup,
    body: (id) => group("owns", [id]),
  },
  ...["add", "replace"].map(
    (op): Attempt => ({
      name: `PATCH /Groups/{own}, ${op} a member`,
      of: "user",
      method: "PATCH",
      path: ownGroup,
      body: (id) => patch({ op, path: "members", value: [{ value: id }] }),
    }),
  ),
  {
    name: "PATCH /Groups/{own}, remove a member",
    of: "user",
    method: "PATCH",
    path: ownGroup,
    body: (id) => patch({ op: "remove", path: `members[value eq "${id}"]` }),
  },
  {
    name: "POST /Bulk with a member",
    of: "user",
    method: "POST",
    path: () => "/Bulk",
    body: (id) =>
      bulk({ method: "POST", path: "/Groups", bulkId: "g", data: group("With a stranger", [id]) }),
  },
];

export const attempts: readonly Attempt[] = [
  ...onItself("user"),
  ...onItself("group"),
  ...filters,
  ...memberships,
];

export interface Aim {
  readonly id: string;
  readonly version: string;
  readonly ownGroup: string;
}

export function make(
  scim: ScimClient,
  { method, path, body, versionHeader }: Attempt,
  { id, version, ownGroup }: Aim,
): Promise<ScimAnswer> {
  return scim.send(method, path(id, ownGroup), {
    body: body?.(id),
    headers: versionHeader === undefined ? {} : { [versionHeader]: version },
  });
}
