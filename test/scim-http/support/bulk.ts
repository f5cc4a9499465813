/** Bulk requests, and what comes of their operations. */
import type { ScimAnswer, ScimClient } from "./client.ts";
import { expectOk } from "./expect.ts";
import { listAt, pluck, textAt } from "./json.ts";
import { minimalUser } from "./resources.ts";

export const bulkRequest = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

export function bulk(
  scim: ScimClient,
  operations: readonly unknown[],
  more: object = {},
): Promise<ScimAnswer> {
  return scim.post("/Bulk", { schemas: [bulkRequest], Operations: operations, ...more });
}

export const statusesOf = (answer: ScimAnswer): unknown[] =>
  pluck(listAt(answer.json, "Operations"), "status");

/** The id at the end of an operation's location. */
export const idAt = (answer: ScimAnswer, index: number): string =>
  textAt(answer.json, "Operations", index, "location").replace(/.*\//, "");

/** Operations that create as many users. */
export function creations(count: number, first = 0): readonly unknown[] {
  return Array.from({ length: count }, (_, index) => ({
    method: "POST",
    path: "/Users",
    bulkId: `u${first + index}`,
    data: minimalUser(`many-${first + index}@example.com`),
  }));
}

/** So many new users, by the thousand: their ids in order. */
export async function createMany(scim: ScimClient, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let first = 0; first < count; first += 1000) {
    const operations = creations(Math.min(1000, count - first), first);
    const answer = await bulk(scim, operations);
    expectOk(answer, 200);
    ids.push(...operations.map((_, index) => idAt(answer, index)));
  }
  return ids;
}
