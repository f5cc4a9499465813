import type { AnyId } from "../../base/ids.ts";
import type { Page } from "../storage.ts";

/** Sorts before every id, so that one statement serves the first page and the others. */
const beforeAllIds = "";

export function startOf(page: Page<AnyId>): string {
  return page.afterId ?? beforeAllIds;
}
