/** What tests say about SCIM's answers again and again. */
import { expect } from "vitest";
import type { ScimAnswer, ScimClient } from "./client.ts";
import { at, listAt, namesIn, textAt } from "./json.ts";

export const errorSchema = "urn:ietf:params:scim:api:messages:2.0:Error";
export const listSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/** What every error has (RFC 7644 section 3.12), and nothing else. `scimType` null: none is there. */
export function expectError(answer: ScimAnswer, status: number, scimType?: string | null): void {
  expect(answer.json, `${answer.status} ${answer.text}`).toMatchObject({
    schemas: [errorSchema],
    status: String(status),
    ...(typeof scimType === "string" ? { scimType } : {}),
  });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toMatch(/^application\/scim\+json/);
  expect(textAt(answer.json, "detail").length).toBeGreaterThan(0);
  if (scimType === null) expect(answer.json).not.toHaveProperty("scimType");
  const allowed = ["schemas", "status", "scimType", "detail"];
  expect(namesIn(answer.json).filter((name) => !allowed.includes(name))).toEqual([]);
}

/** A value that does not fit its attribute: RFC 7644 section 3.12 has two words for it, which overlap. */
export function expectBadValue(answer: ScimAnswer): void {
  expectError(answer, 400);
  expect(["invalidValue", "invalidSyntax"]).toContain(at(answer.json, "scimType"));
}

/** A success with that status whose body has at least this. */
export function expectOk(answer: ScimAnswer, status: number, body: object = {}): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.json).toMatchObject(body);
  expect(answer.headers.get("content-type")).toMatch(/^application\/scim\+json/);
}

export function expectNoContent(answer: ScimAnswer): void {
  expect(answer.status, answer.text).toBe(204);
  expect(answer.text).toBe("");
}

/** A list response with these resources by their ids, in this order, all that match. */
export function expectIds(answer: ScimAnswer, ids: readonly string[]): void {
  expectOk(answer, 200, { schemas: [listSchema] });
  expect(listAt(answer.json, "Resources").map((resource) => at(resource, "id"))).toEqual(ids);
  expect(at(answer.json, "totalResults")).toBe(ids.length);
}

/** The resource's ETag, from its `meta` and the same in the header of a read. */
export async function versionOf(scim: ScimClient, path: string): Promise<string> {
  const answer = await scim.get(path);
  expect(answer.status, answer.text).toBe(200);
  const version = textAt(answer.json, "meta", "version");
  expect(answer.headers.get("etag")).toBe(version);
  return version;
}

/** Whatever the call does, the resource is as before. */
export async function expectUnchanged(
  scim: ScimClient,
  path: string,
  call: () => Promise<unknown>,
): Promise<void> {
  const before = await scim.get(path);
  expect(before.status, before.text).toBe(200);
  await call();
  expect((await scim.get(path)).text).toBe(before.text);
}

/** All that a caller can see, except what is new in every answer. */
export function visible({ status, headers, text }: ScimAnswer): object {
  const kept = [...headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  return { status, text, headers: kept.map(([name, value]) => `${name}: ${value}`).toSorted() };
}
