/** SCIM requests with a secret where it does not belong. None of them puts it where free text is kept. */
import { escapedInUrl } from "../../rpc/support/misplaced.ts";
import { bulkRequest } from "./bulk.ts";
import { patchOp, type ScimHeaders } from "./client.ts";
import { enterpriseSchema, groupSchema, userSchema } from "./resources.ts";

export interface Misplaced {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: ScimHeaders;
}

/** What the requests are about: it stays as it is. */
export interface Subject {
  readonly userId: string;
  readonly groupId: string;
}

const searchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/** In the place of an id, of a resource type, and after either. */
export function misplacedPaths(secret: string): Misplaced[] {
  const texts = [secret, escapedInUrl(secret), `x${secret}`, `${secret}/x`];
  return texts.flatMap((text) =>
    ["/Users/", "/Groups/", "/", "/Schemas/", "/ResourceTypes/", "/Me/", "/Bulk/", "/Users/.search/"].flatMap(
      (prefix) => ["GET", "DELETE"].map((method) => ({ method, path: prefix + text })),
    ),
  );
}

export function misplacedQueries(secret: string): Misplaced[] {
  const parameters = [
    `access_token=${secret}`,
    `token=${secret}`,
    secret,
    `${secret}=1`,
    ...["startIndex", "count", "cursor", "sortBy", "sortOrder", "attributes", "excludedAttributes"].map(
      (name) => `${name}=${secret}`,
    ),
    `attributes=${userSchema}:${secret}`,
    `sortBy=emails[type eq "${secret}"].value`,
    ...misplacedFilters(secret).map((filter) => `filter=${encodeURIComponent(filter)}`),
    `filter=userName eq "${escapedInUrl(secret)}"`,
    `filter=${secret}%`,
  ];
  return ["/Users", "/Groups", "/Schemas"].flatMap((path) =>
    parameters.map((query) => ({ method: "GET", path: `${path}?${query}` })),
  );
}

/** As a value, a name, an operator, a part of a path, and where the text ends too early. */
export function misplacedFilters(secret: string): string[] {
  return [
    `userName eq "${secret}"`,
    `userName eq ${secret}`,
    `userName co "${secret}" and active eq true`,
    `externalId eq "${secret}"`,
    `id eq "${secret}"`,
    `displayName sw "${secret}" or displayName eq "${secret}`,
    `password eq "${secret}"`,
    `password pr or userName eq "${secret}"`,
    `${secret} eq "x"`,
    `${secret}`,
    `userName ${secret} "x"`,
    `emails[type eq "${secret}"].value eq "${secret}"`,
    `emails[${secret} eq "work"]`,
    `members[value eq "${secret}"]`,
    `${userSchema}:${secret} eq "x"`,
    `meta.lastModified gt "${secret}"`,
    `active eq "${secret}"`,
    `not (${secret})`,
  ];
}

export function misplacedSearches(secret: string): Misplaced[] {
  const bodies = [
    ...misplacedFilters(secret).map((filter) => ({ schemas: [searchRequest], filter })),
    { schemas: [searchRequest], sortBy: secret },
    { schemas: [searchRequest], attributes: [secret] },
    { schemas: [searchRequest], startIndex: secret },
    { schemas: [searchRequest], cursor: secret },
    { schemas: [searchRequest], [secret]: secret },
    { schemas: [secret], filter: 'userName eq "x"' },
  ];
  return bodies.map((body) => ({ method: "POST", path: "/Users/.search", body }));
}

export function misplacedHeaders(secret: string): Misplaced[] {
  const names = [
    "Cookie",
    "User-Agent",
    "X-Forwarded-For",
    "X-Request-Id",
    "Origin",
    "Referer",
    "Accept",
    "Accept-Language",
    "Accept-Encoding",
    "Content-Encoding",
    "If-Match",
    "If-None-Match",
    "Prefer",
  ];
  const headers: ScimHeaders[] = [
    ...names.map((name) => ({ [name]: secret })),
    { "If-Match": `W/"${secret}"` },
    { "X-Request-Id": `id-${secret}` },
    { "Content-Type": `application/${secret}` },
    { "Content-Type": `application/scim+json; charset=${secret}` },
    { Authorization: `Bearer ${secret}.` },
    { Authorization: `Bearer ${secret} ${secret}` },
    { Authorization: `Basic ${secret}` },
    { Authorization: secret },
  ];
  return headers.flatMap((one) => [
    { method: "GET", path: "/Users?count=1", headers: one },
    { method: "POST", path: "/Users", body: { schemas: [userSchema] }, headers: one },
  ]);
}

/** Bodies that are refused, and names and values that are not kept. */
export function misplacedBodies(secret: string, { userId, groupId }: Subject): Misplaced[] {
  const toUsers = [
    secret,
    `"${secret}"`,
    `{"schemas":["${userSchema}"],"userName":"${secret}`,
    `{"schemas":["${userSchema}"],"userName":"${secret}",}`,
    [secret],
    { schemas: [secret], userName: "x" },
    { schemas: [userSchema, secret], userName: secret, active: secret },
    { schemas: [userSchema], userName: { value: secret } },
    { schemas: [userSchema], userName: [secret, secret] },
    { schemas: [userSchema], userName: secret, emails: [{ value: secret, primary: secret }] },
    { schemas: [userSchema], userName: secret, name: secret },
    { schemas: [userSchema], userName: secret, [secret]: secret, active: "?" },
    { schemas: [userSchema], [secret]: secret },
    { schemas: [userSchema], userName: secret, userNAME: secret },
    { schemas: [userSchema], userName: secret, [enterpriseSchema]: secret },
    { schemas: [userSchema], userName: secret, [`${userSchema}:${secret}`]: 1, active: "?" },
  ];
  const patches = [
    { op: secret, path: "displayName", value: secret },
    { op: "replace", path: secret, value: secret },
    { op: "replace", path: `displayName.${secret}`, value: secret },
    { op: "replace", path: `emails[type eq "${secret}"].value`, value: secret },
    { op: "replace", path: `emails[type eq "work"].${secret}`, value: secret },
    { op: "remove", path: `emails[value eq "${secret}"` },
    { op: "replace", path: "id", value: secret },
    { op: "replace", path: "active", value: secret },
    { op: "add", path: "members", value: [{ value: secret }] },
    { op: "replace", value: secret },
    { op: "replace", value: { [secret]: secret, active: "?" } },
    { op: "replace", path: `${userSchema}:${secret}`, value: secret },
  ];
  const groups = [
    { schemas: [groupSchema], displayName: "x", members: [{ value: secret }] },
    { schemas: [groupSchema], displayName: "x", members: secret },
    { schemas: [groupSchema], displayName: { value: secret } },
  ];
  return [
    ...toUsers.flatMap((body) => [
      { method: "POST", path: "/Users", body },
      { method: "PUT", path: `/Users/${userId}`, body },
    ]),
    ...groups.map((body) => ({ method: "PUT", path: `/Groups/${groupId}`, body })),
    ...[`/Users/${userId}`, `/Groups/${groupId}`].flatMap((path) =>
      patches.map((patch) => ({ method: "PATCH", path, body: { schemas: [patchOp], Operations: [patch] } })),
    ),
    ...misplacedBulks(secret),
  ];
}

function misplacedBulks(secret: string): Misplaced[] {
  const data = { schemas: [userSchema], userName: `bulkId:${secret}`, active: "?" };
  const operations = [
    { method: secret, path: "/Users", bulkId: "a", data },
    { method: "POST", path: `/${secret}`, bulkId: "a", data },
    { method: "DELETE", path: `/Users/${secret}` },
    {
      method: "PATCH",
      path: `/Users/${secret}`,
      version: secret,
      data: { schemas: [patchOp], Operations: [] },
    },
    { method: "POST", path: "/Users", data },
    { [secret]: secret },
    secret,
  ];
  return [
    ...operations.map((operation) => ({ schemas: [bulkRequest], Operations: [operation] })),
    { schemas: [bulkRequest], Operations: operations, failOnErrors: secret },
    { schemas: [secret], Operations: [] },
  ].map((body) => ({ method: "POST", path: "/Bulk", body }));
}

/** Wherever a client may think that a password goes; each with what makes the rest of it good or bad. */
export function passwords(secret: string, { userId, groupId }: Subject, name: string): Misplaced[] {
  const user = { schemas: [userSchema], userName: `${name}@example.com`, displayName: name };
  const put = { method: "PUT", path: `/Users/${userId}` };
  const patch = (operation: unknown, path = `/Users/${userId}`): Misplaced => ({
    method: "PATCH",
    path,
    body: { schemas: [patchOp], Operations: [operation] },
  });
  const bodies = [
    { ...user, password: secret },
    { ...user, PASSWORD: secret },
    { ...user, password: { value: secret } },
    { ...user, password: [secret] },
    { ...user, password: secret, active: "?" },
    { ...user, userName: "", password: secret },
    { ...user, [`${userSchema}:password`]: secret },
    { ...user, [userSchema]: { password: secret } },
    { ...user, name: { password: secret } },
    { ...user, [enterpriseSchema]: { password: secret } },
    { ...user, newPassword: secret },
  ];
  return [
    ...bodies.flatMap((body) => [
      { method: "POST", path: "/Users", body },
      { ...put, body },
    ]),
    ...["password", "userName", "title", `${userSchema}:password`].flatMap((attribute) => {
      const filter = `${attribute} eq "${secret}"`;
      return [
        { method: "GET", path: `/Users?filter=${encodeURIComponent(filter)}` },
        { method: "POST", path: "/Users/.search", body: { schemas: [searchRequest], filter } },
      ];
    }),
    { method: "GET", path: `/Users?sortBy=password&password=${secret}` },
    patch({ op: "replace", path: "password", value: secret }),
    patch({ op: "add", path: "password", value: secret }),
    patch({ op: "Replace", path: "Password", value: secret }),
    patch({ op: "replace", path: `${userSchema}:password`, value: secret }),
    patch({ op: "replace", value: { password: secret, displayName: name } }),
    patch({ op: "replace", value: { [`${userSchema}:password`]: secret } }),
    patch({ op: "replace", value: { [userSchema]: { password: secret } } }),
    patch({ op: "replace", path: "password", value: { value: secret } }),
    patch({ op: "replace", path: "password", value: secret }, `/Groups/${groupId}`),
    patch({ op: "remove", path: `password[value eq "${secret}"]` }),
    {
      method: "PUT",
      path: `/Groups/${groupId}`,
      body: { schemas: [groupSchema], displayName: name, password: secret },
    },
    {
      method: "POST",
      path: "/Bulk",
      body: {
        schemas: [bulkRequest],
        Operations: [
          {
            method: "POST",
            path: "/Users",
            bulkId: "p",
            data: { ...user, userName: `${name}-bulk`, password: secret },
          },
          { method: "PUT", path: `/Users/${userId}`, data: { ...user, password: secret } },
          {
            method: "PATCH",
            path: `/Users/${userId}`,
            data: { schemas: [patchOp], Operations: [{ op: "replace", path: "password", value: secret }] },
          },
        ],
      },
    },
  ];
}
