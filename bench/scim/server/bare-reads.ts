import { openReader } from "../../../src/storage/sqlite/connection.ts";
import { pageSize } from "../calls.ts";

interface JsonRow {
  readonly json: string;
}

/** From the path to what is answered: a row by its key, by its unique name, or a page after a key. */
export function createReads(path: string): (url: string) => string | undefined {
  const reader = openReader(path);
  const byId = reader.prepare<[string], JsonRow>("SELECT json FROM resource WHERE id = ?");
  const byName = reader.prepare<[string], JsonRow>("SELECT json FROM resource WHERE name = ?");
  const after = reader.prepare<[string, number], JsonRow>(
    "SELECT json FROM resource WHERE id > ? ORDER BY id LIMIT ?",
  );
  return (url) => {
    const at = url.indexOf("/", 1);
    const key = url.slice(at + 1);
    switch (url.slice(1, at)) {
      case "id":
        return byId.get(key)?.json;
      case "name":
        return byName.get(key)?.json;
      case "after": {
        const rows = after.all(key, pageSize);
        return `{"Resources":[${rows.map(({ json }) => json).join(",")}]}`;
      }
      default:
        return undefined;
    }
  };
}
