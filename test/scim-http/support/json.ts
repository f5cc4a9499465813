/** Finding one's way in JSON whose shape is what the tests are about. */

/** The value at `Resources`, 0, `name`, …; undefined where there is none. */
export function at(json: unknown, ...path: readonly (string | number)[]): unknown {
  let value = json;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === String(step))?.[1];
  }
  return value;
}

/** @throws when there is no text */
export function textAt(json: unknown, ...path: readonly (string | number)[]): string {
  const value = at(json, ...path);
  if (typeof value !== "string") throw new Error(`no text at ${path.join(".")} in ${JSON.stringify(json)}`);
  return value;
}

/** @throws when there is no number */
export function numberAt(json: unknown, ...path: readonly (string | number)[]): number {
  const value = at(json, ...path);
  if (typeof value !== "number") throw new Error(`no number at ${path.join(".")} in ${JSON.stringify(json)}`);
  return value;
}

/** The elements there, or none where nothing is. @throws when something else is */
export function listAt(json: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = at(json, ...path);
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Error(`no list at ${path.join(".")} in ${JSON.stringify(json)}`);
  return value;
}

/** The names of the object's own properties, or of nothing. */
export function namesIn(json: unknown): readonly string[] {
  return typeof json === "object" && json !== null ? Object.keys(json) : [];
}

/** The same sub-attribute of each: `pluck(resources, "userName")`. */
export function pluck(elements: readonly unknown[], ...path: readonly (string | number)[]): unknown[] {
  return elements.map((element) => at(element, ...path));
}

/** The elements of a list response. */
export function resourcesOf({ json }: { readonly json: unknown }): readonly unknown[] {
  return listAt(json, "Resources");
}
