import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientIp, rateLimitKey } from "../../../src/server/rate-limit/client-ip.ts";

function ip(forwardedFor: string | undefined, trustedProxyHops: number, remoteAddress = "10.0.0.1"): string {
  return clientIp({ remoteAddress, forwardedFor, trustedProxyHops });
}

describe("the client's address", () => {
  it("is the socket's when no proxy is trusted, whatever the header claims", () => {
    expect(ip("1.2.3.4", 0)).toBe("10.0.0.1");
    expect(ip(undefined, 0)).toBe("10.0.0.1");
  });

  it.each([
    ["1.2.3.4", 1, "1.2.3.4"],
    ["6.6.6.6, 1.2.3.4", 1, "1.2.3.4"],
    ["6.6.6.6, 1.2.3.4, 172.16.0.1", 2, "1.2.3.4"],
    ["1.2.3.4,172.16.0.1,172.16.0.2", 3, "1.2.3.4"],
    ["garbage, 1.2.3.4", 1, "1.2.3.4"],
    [" 1.2.3.4 ", 1, "1.2.3.4"],
    ["1.2.3.4:5678", 1, "1.2.3.4"],
    ["2001:DB8:0:0::1", 1, "2001:db8::1"],
    ["[2001:db8::1]:443", 1, "2001:db8::1"],
    ["[2001:db8::1]", 1, "2001:db8::1"],
    ["::ffff:1.2.3.4", 1, "1.2.3.4"],
    ["::FFFF:0102:0304", 1, "1.2.3.4"],
  ])("is in %j, behind %i trusted proxies, %s", (header, hops, expected) => {
    expect(ip(header, hops)).toBe(expected);
  });

  it.each([
    [undefined, 1],
    ["", 1],
    [",", 1],
    ["unknown", 1],
    ["1.2.3.4", 2],
    ["1.2.3.4, garbage", 2],
    ["garbage, 1.2.3.4", 2],
    ["1.2.3.4,", 1],
    ["1.2.3.4.5", 1],
    ["01.2.3.4", 1],
    ["[1.2.3.4]:80", 1],
    ["1.2.3.4:port", 1],
    ["2001:db8::1]:80", 1],
    ["for=1.2.3.4", 1],
  ])("is the socket's when the header is %j and %i proxies are trusted", (header, hops) => {
    expect(ip(header, hops)).toBe("10.0.0.1");
  });

  it("is normalized when it is the socket's, too", () => {
    expect(ip(undefined, 0, "::ffff:127.0.0.1")).toBe("127.0.0.1");
    expect(ip(undefined, 0, "::1")).toBe("::1");
    expect(ip(undefined, 0, "fe80::1%eth0")).toBe("fe80::1");
  });

  it("is a word of its own when the socket has gone", () => {
    expect(clientIp({ remoteAddress: undefined, forwardedFor: undefined, trustedProxyHops: 0 })).toBe(
      "unknown",
    );
    expect(rateLimitKey("unknown")).toBe("unknown");
  });

  it("cannot be moved by what a client puts before the trusted proxies' entries", () => {
    const claims = fc.array(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), { maxLength: 5 });
    fc.assert(
      fc.property(claims, fc.ipV4(), fc.integer({ min: 1, max: 10 }), (claimed, address, hops) => {
        const proxies = Array.from({ length: hops - 1 }, (_, index) => `172.16.0.${index}`);
        expect(ip([...claimed, address, ...proxies].join(", "), hops)).toBe(address);
      }),
    );
  });

  it("never throws, whatever the header", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 0, max: 10 }), (header, hops) => {
        expect(() => rateLimitKey(ip(header, hops))).not.toThrow();
      }),
    );
  });
});

describe("the key of an address", () => {
  it.each([
    ["1.2.3.4", "1.2.3.4"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::1.2.3.4", "64:ff9b:0:0::/64"],
    ["nonsense", "unknown"],
  ])("of %s is %s", (address, expected) => {
    expect(rateLimitKey(address)).toBe(expected);
  });

  it("is one for all addresses of a /64, and another for the next /64", () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const half = fc.tuple(group, group, group, group).map((groups) => groups.join(":"));
    const network = fc.tuple(group, group, group).map((groups) => `2001:${groups.join(":")}`);
    fc.assert(
      fc.property(network, half, half, (prefix, one, other) => {
        expect(rateLimitKey(`${prefix}:${one}`)).toBe(rateLimitKey(`${prefix}:${other}`));
        expect(rateLimitKey(`${prefix}:${one}`)).toBe(`${prefix}::/64`);
        expect(rateLimitKey(`3${prefix.slice(1)}:${one}`)).not.toBe(rateLimitKey(`${prefix}:${one}`));
      }),
    );
  });
});
