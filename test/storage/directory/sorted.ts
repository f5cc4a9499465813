/** Sorting in memory, as lists are sorted: written to be obvious. */
import type { Sort } from "../../../src/scim/filter/condition.ts";
import type { FilterDocument } from "../../../src/scim/filter/evaluate.ts";

export function sorted(
  documents: readonly FilterDocument[],
  sort: Sort | undefined,
): readonly FilterDocument[] {
  const direction = sort?.descending ? -1 : 1;
  return documents.toSorted(
    (a, b) => direction * (compare(keyOf(a, sort), keyOf(b, sort)) || compare(a.id, b.id)),
  );
}

type Key = string | number | undefined;

function keyOf({ id, search, timesMs }: FilterDocument, sort: Sort | undefined): Key {
  if (sort === undefined) return undefined;
  const { by } = sort;
  if (by.kind === "time") return timesMs[by.key];
  if (by.kind === "key" && by.key === "id") return id;
  const value = search[by.kind === "key" ? by.key : by.list];
  if (by.kind === "key" || value === undefined || typeof value === "string") {
    return typeof value === "string" ? value : undefined;
  }
  const main = value.find(({ primary }) => primary === "true") ?? value[0];
  return main?.[by.key];
}

/** What is missing is greater than anything; text is compared by its bytes. */
function compare(a: Key, b: Key): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (typeof a === "number" && typeof b === "number") return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
