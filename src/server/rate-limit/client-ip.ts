/** Whose request it is, as far as addresses tell, and the key under which that address is counted. */
import { isIP, isIPv4, SocketAddress } from "node:net";

export interface ClientIpInput {
  /** The socket's peer; undefined once it has gone. */
  readonly remoteAddress: string | undefined;
  /** The X-Forwarded-For header, several of them joined by commas. */
  readonly forwardedFor: string | undefined;
  readonly trustedProxyHops: number;
}

const unknownAddress = "unknown";

/**
 * The client's address in its canonical form. Each trusted proxy appends the address that it saw, so with n of them
 * the n-th from the right is the client's, and whatever stands further left is the client's own claim. A header that
 * is shorter, or malformed in the part that proxies wrote, did not come the trusted way: the socket's peer counts.
 */
export function clientIp({ remoteAddress, forwardedFor, trustedProxyHops }: ClientIpInput): string {
  const peer = normalizeIp(remoteAddress ?? "") ?? unknownAddress;
  if (trustedProxyHops <= 0 || forwardedFor === undefined) return peer;
  const appended = forwardedFor.split(",").slice(-trustedProxyHops);
  if (appended.length < trustedProxyHops) return peer;
  const addresses = appended.map(forwardedAddress);
  return addresses.includes(undefined) ? peer : (addresses[0] ?? peer);
}

/**
 * An IPv6 address counts as its /64, the least that a provider gives to one customer: whoever has one address has
 * all of them.
 */
export function rateLimitKey(ip: string): string {
  const address = normalizeIp(ip) ?? unknownAddress;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill("0");
  return `${[...left, ...zeros, ...right].slice(0, 4).join(":")}::/64`;
}

/** Lower case, shortest form, without a zone; an IPv4 address that is mapped into IPv6 as IPv4. */
function normalizeIp(text: string): string | undefined {
  const family = isIP(text);
  if (family === 0) return undefined;
  if (family === 4) return text;
  const { address } = new SocketAddress({ address: text, family: "ipv6" });
  const mapped = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : "";
  return isIPv4(mapped) ? mapped : address;
}

/** One entry of the header: an address, which some proxies write with a port and then with brackets. */
function forwardedAddress(entry: string): string | undefined {
  const text = entry.trim();
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1];
  if (bracketed !== undefined) return isIPv4(bracketed) ? undefined : normalizeIp(bracketed);
  const withPort = /^([\d.]+):\d{1,5}$/.exec(text)?.[1];
  return normalizeIp(withPort ?? text);
}
