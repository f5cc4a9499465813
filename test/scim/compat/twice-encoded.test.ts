import { describe, expect, it } from "vitest";
import { decodeTwiceEncoded } from "../../../src/scim/compat/twice-encoded.ts";

describe("a filter that is still encoded for a URL", () => {
  it.each([
    ["userName%20eq%20%22a%2Bb%40example.com%22", 'userName eq "a+b@example.com"'],
    ["userName%20eq%20%22a+b%22", 'userName eq "a+b"'],
    ["userName+eq+%22a%2Bb%22", 'userName eq "a+b"'],
    ["title%20pr", "title pr"],
    ["userName%20eq%20%22%C3%A9%22", 'userName eq "é"'],
    ["userName%20eq%20%22100%2525%22", 'userName eq "100%25"'],
  ])("is decoded: %s", (encoded, filter) => {
    expect(decodeTwiceEncoded(encoded)).toBe(filter);
  });

  it.each([
    'userName eq "100%20"',
    'userName eq "a+b"',
    "userName eq %22a%22",
    "userName",
    "a+b",
    "100%",
    "%20%",
    "%22%ff",
    "",
  ])("is not what %j is, which stays as it is", (filter) => {
    expect(decodeTwiceEncoded(filter)).toBe(filter);
  });
});
