/**
 * A filter that a client has encoded twice for the URL is still encoded once when it arrives
 * (`userName%20eq%20%22x%22`). It can be told for sure: every filter has white space, and an encoded one has none.
 * Decoding each filter twice would spoil the `+` and `%` of others (elimity-com/scim#133, jelhub/scimgateway#166).
 *
 * @returns the text itself when it is not encoded, or when that is not UTF-8
 */
export function decodeTwiceEncoded(text: string): string {
  if (/\s/.test(text) || !/%2[02]/.test(text)) return text;
  // As forms encode: a space is `+` unless spaces are `%20`.
  const encoded = text.includes("%20") ? text : text.replaceAll("+", "%20");
  try {
    return decodeURIComponent(encoded);
  } catch {
    return text;
  }
}
