import type { Operation } from "../operation.ts";
import type { Session } from "./session.ts";

/** Runs an operation to its end, a statement at a time, in whatever transaction the session is in. */
export async function runOperation<Result>(
  session: Pick<Session, "query">,
  operation: Operation<Result>,
  onStatement?: (sql: string) => void,
): Promise<Result> {
  let next = operation.next();
  while (!next.done) {
    const { sql, parameters } = next.value;
    const text = toPostgres(sql);
    onStatement?.(text);
    const { rows, rowCount } = await session.query(text, parameters);
    next = operation.next({ rows, changes: rowCount ?? 0 });
  }
  return next.value;
}

const translated = new Map<string, string>();

/** `?` becomes `$1`, `$2`, …: no statement of ours has a question mark in a literal. */
export function toPostgres(sql: string): string {
  const known = translated.get(sql);
  if (known !== undefined) return known;
  let count = 0;
  const text = sql
    .replaceAll("?", () => {
      count += 1;
      return `$${count}`;
    })
    .replace(/\{(FOR (?:UPDATE|KEY SHARE))\}/, "$1");
  translated.set(sql, text);
  return text;
}
