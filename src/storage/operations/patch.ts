import { isDeepStrictEqual } from "node:util";

/** The record with the patch's present fields, and whether anything differs. Only then does time move. */
export function applyPatch<T extends { readonly updatedAtMs: number }>(
  current: T,
  patch: Partial<{ readonly [K in keyof T]: T[K] | undefined }>,
  atMs: number,
): { readonly next: T; readonly changed: boolean } {
  const present = Object.entries(patch).filter(([, value]) => value !== undefined);
  const next = { ...current, ...Object.fromEntries(present) };
  if (isDeepStrictEqual(comparable(next), comparable(current))) return { next: current, changed: false };
  return { next: { ...next, updatedAtMs: Math.max(atMs, current.updatedAtMs) }, changed: true };
}

/** Maps from the database have no prototype and maps from a request do: that is no difference. */
function comparable(record: object): unknown {
  return JSON.parse(JSON.stringify(record));
}
