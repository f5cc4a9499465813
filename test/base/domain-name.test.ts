import { describe, expect, it } from "vitest";
import { domainOfEmail, toDomainName } from "../../src/base/domain-name.ts";

const label63 = "a".repeat(63);

describe("a domain name", () => {
  it.each([
    ["example.com", "example.com"],
    ["EXAMPLE.Com", "example.com"],
    ["d.co", "d.co"],
    ["1.2.co", "1.2.co"],
    ["a--b.c-d.museum", "a--b.c-d.museum"],
    [`${label63}.example`, `${label63}.example`],
    ["bücher.example", "xn--bcher-kva.example"],
    ["BÜCHER.example", "xn--bcher-kva.example"],
    ["bu\u0308cher.example", "xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["例え。テスト", "xn--r8jz45g.xn--zckzah"],
    ["ｅｘａｍｐｌｅ.com", "example.com"],
  ])("%j is %j", (text, name) => {
    expect(toDomainName(text)).toBe(name);
    expect(toDomainName(name)).toBe(name);
  });

  it("has at most 253 characters, as it is written and in its ASCII form", () => {
    const name = `${"d".repeat(61)}.${`${label63}.`.repeat(2)}${"e".repeat(59)}.co`;
    expect(name).toHaveLength(252);
    expect(toDomainName(`${name}m`)).toBe(`${name}m`);
    expect(toDomainName(`${name}mm`)).toBeUndefined();
    expect(toDomainName(`ü.${name.slice(2)}`)).toBeUndefined();
    expect(toDomainName("a.".repeat(1_000_000))).toBeUndefined();
  });

  it.each([
    "",
    ".",
    "localhost",
    "com",
    "example.com.",
    ".example.com",
    "example..com",
    " example.com",
    "example.com\n",
    "exam ple.com",
    "-a.example",
    "a-.example",
    `a${label63}.com`,
    "under_score.example.com",
    "*.example.com",
    "example.c",
    "example.123",
    "127.0.0.1",
    "1.2.3",
    "0x7f.1",
    "[::1]",
    "::1",
    "example.com:53",
    "example.com/path",
    "https://example.com",
    "person@example.com",
    "exa%6dple.com",
    "example.com?",
    "example.com#",
    "example\\.com",
    "a\u0000.com",
    "\ud800.com",
    "xn--.com",
  ])("is not %j", (text) => {
    expect(toDomainName(text)).toBeUndefined();
  });
});

describe("the domain of an address", () => {
  it.each([
    ["Ada@Example.COM", "example.com"],
    ['"a@b"@example.com', "example.com"],
    ["ada@example.com@evil.example", "evil.example"],
    ["ada@bücher.example", "xn--bcher-kva.example"],
    ["example.com", undefined],
    ["ada@", undefined],
    ["ada@localhost", undefined],
    ["ada@[127.0.0.1]", undefined],
    ["", undefined],
  ])("%j is %j", (email, domain) => {
    expect(domainOfEmail(email)).toBe(domain);
  });
});
