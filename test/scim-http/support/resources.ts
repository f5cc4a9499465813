/** Users and groups as tests send them. */
import { expect } from "vitest";
import type { ScimClient } from "./client.ts";
import { listAt, pluck, textAt } from "./json.ts";

export const userSchema = "urn:ietf:params:scim:schemas:core:2.0:User";
export const groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group";
export const enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

type Body = Readonly<Record<string, unknown>>;

/** The least that makes a user. */
export function minimalUser(userName: string, more: Body = {}): Body {
  return { schemas: [userSchema], userName, ...more };
}

/** A user with what providers send for nearly everybody. */
export function fullUser(name: string, more: Body = {}): Body {
  return {
    schemas: [userSchema],
    userName: `${name}@example.com`,
    externalId: `ext-${name}`,
    name: { givenName: name, familyName: "Example", formatted: `${name} Example` },
    displayName: `${name} Example`,
    emails: [{ value: `${name}@example.com`, type: "work", primary: true }],
    active: true,
    ...more,
  };
}

export function group(displayName: string, memberIds: readonly string[] = [], more: Body = {}): Body {
  const members = memberIds.map((value) => ({ value }));
  return { schemas: [groupSchema], displayName, ...(members.length === 0 ? {} : { members }), ...more };
}

/** Creates it, and answers its id. */
export async function createUser(scim: ScimClient, body: Body): Promise<string> {
  return created(scim, "/Users", body);
}

export async function createGroup(scim: ScimClient, body: Body): Promise<string> {
  return created(scim, "/Groups", body);
}

async function created(scim: ScimClient, path: string, body: Body): Promise<string> {
  const answer = await scim.post(path, body);
  expect(answer, answer.text).toMatchObject({ status: 201 });
  return textAt(answer.json, "id");
}

/** Users of these names, in this order, made one after the other. */
export async function createUsers(scim: ScimClient, names: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const name of names) ids.push(await createUser(scim, fullUser(name)));
  return ids;
}

/** The ids of the group's members, sorted. */
export async function membersIn(scim: ScimClient, groupId: string): Promise<readonly unknown[]> {
  const { status, json, text } = await scim.get(`/Groups/${groupId}`);
  expect(status, text).toBe(200);
  return pluck(listAt(json, "members"), "value").toSorted();
}

/** A well-formed id that no resource has. */
export const nobodys = "01890a5d-ac96-774b-bcce-b302099a8057";
