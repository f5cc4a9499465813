/** What was made for one of any number of texts. Of more than `sizeMax`, the one not asked for the longest is dropped. */
export interface RecentCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
}

export function createRecentCache<Value>(sizeMax: number): RecentCache<Value> {
  // A map is in the order of insertion: what is asked for is put to its end.
  const entries = new Map<string, Value>();

  function set(key: string, value: Value): void {
    entries.delete(key);
    entries.set(key, value);
    if (entries.size <= sizeMax) return;
    for (const oldest of entries.keys()) {
      entries.delete(oldest);
      return;
    }
  }

  return {
    set,
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) set(key, value);
      return value;
    },
  };
}

/** How many of the texts that are made for a request an engine remembers. */
export const adHocStatementsMax = 256;
