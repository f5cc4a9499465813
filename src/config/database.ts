/** DATABASE_URL: which engine, and where. */
import { type Parsed, parsed, refused } from "./parsers.ts";
import { Secret } from "./secret.ts";

export interface SqliteDatabase {
  readonly kind: "sqlite";
  /** A file, or ":memory:". */
  readonly path: string;
}

export interface PostgresDatabase {
  readonly kind: "postgres";
  /** Holds the password. */
  readonly url: Secret<string>;
}

/** The text is never quoted: a database URL may hold a password. */
export function parseDatabaseUrl(text: string): Parsed<SqliteDatabase | PostgresDatabase> {
  if (/^postgres(?:ql)?:/i.test(text)) return parsePostgres(text);
  const path = /^sqlite:(.*)$/s.exec(text)?.[1];
  return path === undefined ? refused("it does not start with sqlite: or postgres://") : parseSqlite(path);
}

function parseSqlite(path: string): Parsed<SqliteDatabase> {
  if (path === ":memory:") return parsed({ kind: "sqlite", path });
  // Without its second colon ":memory:" would be an ordinary file's name.
  if (path.startsWith(":"))
    return refused("the path starts with a colon", "for a database in memory write sqlite::memory:");
  if (path.startsWith("//"))
    return refused("sqlite: is followed by //", "write the path right after sqlite:");
  if (path === "" || /[/\\.]$/.test(path)) return refused("the path does not name a file");
  if (/[?#]/.test(path)) return refused("the path has a query or a fragment", "write the path alone");
  if (/^\s|\p{Cc}|\s$/u.test(path)) return refused("the path has a control character, or a blank at an end");
  return parsed({ kind: "sqlite", path });
}

function parsePostgres(text: string): Parsed<PostgresDatabase> {
  const remedy =
    "write postgres://user:password@host:5432/database, with reserved characters percent-encoded";
  if (!/^postgres(?:ql)?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text))
    return refused("it is not a URL", remedy);
  const { hostname, pathname } = new URL(text);
  if (hostname === "") return refused("it names no host", remedy);
  if (!/^\/[^/]+$/.test(pathname)) return refused("it names no database", remedy);
  return parsed({ kind: "postgres", url: new Secret(text) });
}
