/** Times in filters: xsd:dateTime (RFC 7643 section 2.3.5), which is a profile of ISO 8601. */

/** In place of the `+` of an offset there may be a space: that is what a `+` in a URL's query stands for. */
const pattern =
  /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,20}))?)?(?:(Z)|([+ -])(\d{2}):?(\d{2}))?$/i;

/**
 * Milliseconds since 1970. Without an offset the time is UTC; what is finer than a millisecond is cut off (.NET has
 * seven digits), as no resource's time is that fine.
 *
 * @returns undefined for what is no date and time, or none that exists
 */
export function parseDateTime(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, date, time, seconds = "00", fraction = "", , sign, hours = "00", minutes = "00"] = match;
  const local = `${date}T${time}:${seconds}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
  const localMs = Date.parse(local);
  // The 30th of February is taken for the 1st or 2nd of March.
  const exists = !Number.isNaN(localMs) && new Date(localMs).toISOString() === local;
  if (!exists || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "-" ? localMs + offsetMs : localMs - offsetMs;
}
