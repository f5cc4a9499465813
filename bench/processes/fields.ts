/** What came from another process, read field by field: a message of the wrong form fails where it is read. */
export type Fields = Readonly<Record<string, unknown>>;

export function toFields(value: unknown): Fields {
  if (typeof value !== "object" || value === null) throw new TypeError("expected an object");
  return Object.fromEntries(Object.entries(value));
}

export function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== "number") throw new TypeError(`${name}: expected a number`);
  return value;
}

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new TypeError(`${name}: expected text`);
  return value;
}

export function bytesOf(fields: Fields, name: string): Uint8Array {
  const value = fields[name];
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name}: expected bytes`);
  return value;
}

export function fieldsOf(fields: Fields, name: string): Fields {
  return toFields(fields[name]);
}

export function headersOf(fields: Fields, name: string): Record<string, string> {
  const headers = fieldsOf(fields, name);
  return Object.fromEntries(Object.keys(headers).map((key) => [key, textOf(headers, key)]));
}

export function numbersOf(fields: Fields, name: string): number[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new TypeError(`${name}: expected a list`);
  return value.map((item: unknown) => {
    if (typeof item !== "number") throw new TypeError(`${name}: expected numbers`);
    return item;
  });
}

export function textsOf(fields: Fields, name: string): string[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new TypeError(`${name}: expected a list`);
  return value.map((item: unknown) => {
    if (typeof item !== "string") throw new TypeError(`${name}: expected texts`);
    return item;
  });
}

export function listOf<T>(fields: Fields, name: string, decode: (item: Fields) => T): T[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new TypeError(`${name}: expected a list`);
  return value.map((item: unknown) => decode(toFields(item)));
}
