/** Makes two runs of the same commands comparable: what differs from run to run becomes a label. */

export interface Masker {
  /** The text with labels in place of ids, tokens, times and measurements. Equal ids get equal labels. */
  mask(text: string): string;
  /** The value that a label stood for last. */
  valueOf(label: string): string | undefined;
}

/** UUIDs and page tokens. */
const id =
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b|(?<![\w-])[\w-]{70}(?![\w-])/g;
/** In full, or shortened as the README shows them. */
const token = /orgsvc_(op|pat|scim)_(?:[0-9A-Za-z]{49}|…)/g;
/** What stands in DNS for a domain. */
const verification = /(?<=orgsvc-verification=)[0-9a-f]{40}/g;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const duration = /(?<="durationMs":)[\d.]+/g;
/** A SCIM version within its quotes, as JSON has them. */
const version = /(?<=\\")[0-9a-z]{7,9}-[0-9a-z]+(?:-[\w-]{16})?(?=\\")/g;
const schema = /(?<=at schema )\d+/g;

/** Its ids and page tokens are numbered as they appear, over all that it masks. */
export function createMasker(): Masker {
  const labels = new Map<string, string>();
  const values = new Map<string, string>();
  const keep = (label: string, value: string): string => {
    values.set(label, value);
    return label;
  };
  const number = (value: string): string => {
    const label = labels.get(value) ?? `<id ${labels.size + 1}>`;
    labels.set(value, label);
    return keep(label, value);
  };
  return {
    mask: (text) =>
      text
        .replaceAll(token, (value, kind: string) => keep(`<${kind} token>`, value))
        .replaceAll(id, number)
        .replaceAll(verification, "<verification>")
        .replaceAll(time, "<time>")
        .replaceAll(duration, "0")
        .replaceAll(version, "<version>")
        .replaceAll(schema, "<n>"),
    valueOf: (label) => values.get(label),
  };
}
