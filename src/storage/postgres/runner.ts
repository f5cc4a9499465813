import type { Operation } from "../operation.ts";
import { adHocStatementsMax, createRecentCache, type RecentCache } from "../recent-cache.ts";
import type { Session } from "./session.ts";

export type StatementObserver = (sql: string, adHoc: boolean) => void;

/** Runs an operation to its end, a statement at a time, in whatever transaction the session is in. */
export async function runOperation<Result>(
  session: Pick<Session, "query">,
  operation: Operation<Result>,
  onStatement?: StatementObserver,
): Promise<Result> {
  let next = operation.next();
  while (!next.done) {
    const { sql, parameters, adHoc = false } = next.value;
    const text = toPostgres(sql, adHoc);
    onStatement?.(text, adHoc);
    const { rows, rowCount } = await session.query(text, parameters);
    next = operation.next({ rows, changes: rowCount ?? 0 });
  }
  return next.value;
}

const lasting = new Map<string, string>();
const passing = createRecentCache<string>(adHocStatementsMax);

/** @param adHoc whether it is one of any number of texts, of which only some are remembered */
export function toPostgres(sql: string, adHoc = false): string {
  const translated: RecentCache<string> = adHoc ? passing : lasting;
  const known = translated.get(sql);
  if (known !== undefined) return known;
  const text = translate(sql);
  translated.set(sql, text);
  return text;
}

/** `?` becomes `$1`, `$2`, …: no statement of ours has a question mark in a literal. */
function translate(sql: string): string {
  let count = 0;
  return sql
    .replaceAll("?", () => {
      count += 1;
      return `$${count}`;
    })
    .replace(/\{(FOR (?:UPDATE|KEY SHARE))\}/, "$1")
    .replaceAll("{BYTEWISE}", ' COLLATE "C"')
    .replaceAll("{POSITION}", "strpos")
    .replaceAll(
      /\{JSON ([\w.]+) '([^']*)'\}/g,
      (_, column, key) => `((${column}::jsonb ->> '${key}') COLLATE "C")`,
    )
    .replaceAll(
      /\{ELEMENTS ([\w.]+) '([^']*)'\}/g,
      (_, column, key) =>
        `jsonb_array_elements(${column}::jsonb -> '${key}') WITH ORDINALITY AS element(value, key)`,
    );
}
