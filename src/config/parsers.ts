/** From a variable's text to its value. Parsers answer with a problem instead of throwing. */
import { isIP } from "node:net";
import { redactText } from "../observability/redaction.ts";

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** The problem continues "NAME: …"; the remedy, when it is better than the setting's general one, is a command. */
  | { readonly ok: false; readonly problem: string; readonly remedy?: string };

export type Parser<T> = (text: string) => Parsed<T>;

const quotedLengthMax = 64;

/** A wrong value as it may be shown: on one line, short, and without what looks like a credential. */
export function quote(text: string): string {
  // What stands before the @ may be a password, also in a URL that is too broken to tell.
  if (text.includes("@")) return "the value";
  const shown = redactText(text).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
  return shown.length > quotedLengthMax ? `"${shown.slice(0, quotedLengthMax)}" (cut)` : `"${shown}"`;
}

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refused(problem: string, remedy?: string): { ok: false; problem: string; remedy?: string } {
  return remedy === undefined ? { ok: false, problem } : { ok: false, problem, remedy };
}

export function parseInteger(min: number, max: number): Parser<number> {
  return (text) => {
    if (!/^(?:0|-?[1-9]\d*)$/.test(text)) return refused(`${quote(text)} is not a plain whole number`);
    const value = Number(text);
    if (value < min) return refused(`${quote(text)} is below the minimum of ${min}`);
    if (value > max) return refused(`${quote(text)} is above the maximum of ${max}`);
    return parsed(value);
  };
}

export function parseOneOf<T extends string>(choices: readonly T[]): Parser<T> {
  return (text) => {
    const choice = choices.find((each) => each === text);
    return choice === undefined ? refused(`${quote(text)} is not one of the choices`) : parsed(choice);
  };
}

const hostName =
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** An address or a host name to listen on. */
export function parseHost(text: string): Parsed<string> {
  if (isIP(text) !== 0) return parsed(text);
  if (text.startsWith("["))
    return refused(`${quote(text)} has brackets`, "write the IPv6 address without them");
  // All digits and dots that is no address would be looked up as a name, and fail much later.
  if (!hostName.test(text) || /^[\d.]+$/.test(text))
    return refused(`${quote(text)} is not an IP address or host name`);
  return parsed(text);
}

/** Whether only programs of the same machine can reach this host. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

/** The URL under which clients reach the service, without a trailing slash. */
export function parsePublicUrl(text: string): Parsed<string> {
  const url = webUrl(text);
  if (url === undefined) return refused(`${quote(text)} is not an absolute http or https URL`);
  if (url.username !== "" || url.password !== "") return refused("the URL holds a user name or password");
  if (/[?#]/.test(text)) return refused(`${quote(text)} has a query or a fragment`);
  return parsed(`${url.origin}${url.pathname}`.replace(/\/+$/, ""));
}

/** A comma list of origins, `*` for any, `none` for no cross-origin access at all. */
export function parseOrigins(text: string): Parsed<"any" | readonly string[]> {
  if (text === "*") return parsed("any");
  if (text === "none") return parsed([]);
  const origins = new Set<string>();
  for (const entry of text.split(",").map((each) => each.trim())) {
    if (entry === "*" || entry === "none") return refused(`${quote(entry)} stands beside other entries`);
    const origin = webUrl(entry)?.origin;
    if (origin === undefined || origin !== entry.toLowerCase())
      return refused(`${quote(entry)} is not an origin`);
    origins.add(origin);
  }
  return parsed([...origins]);
}

/** A comma list of IP addresses, in the form that node:dns takes: IPv6 in brackets where a port follows. */
export function parseDnsServers(text: string): Parsed<readonly string[]> {
  const servers = text.split(",").map((each) => each.trim());
  const wrong = servers.find((each) => !isServer(each));
  return wrong === undefined ? parsed(servers) : refused(`${quote(wrong)} is not an IP address`);
}

function isServer(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const [, address4 = "", address6 = "", port = "53"] =
    /^(?:([\d.]+)|\[([^\]]+)\])(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
  return (isIP(address4) === 4 || isIP(address6) === 6) && Number(port) <= 65_535;
}

/** The URL parser repairs blanks and backslashes; a setting with one of them is a typing mistake. */
function webUrl(text: string): URL | undefined {
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}
