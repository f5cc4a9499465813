import { describe, expect, it } from "vitest";
import { requestIdFrom } from "../../src/observability/request-id.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("the request id", () => {
  it.each(["a", "req-1", "A.b_c-9", "x".repeat(128)])(
    "is the client's own when that is harmless: %s",
    (header) => {
      expect(requestIdFrom(header)).toBe(header);
    },
  );

  it.each([
    undefined,
    "",
    "x".repeat(129),
    "two words",
    "a\r\nb",
    "a\n",
    "é",
    '{"a":1}',
    "a,b",
    `orgsvc_scim_${"a".repeat(49)}`,
    `id-orgsvc_op_${"Z9".repeat(12)}`,
  ])("is a fresh UUID for %j", (header) => {
    const first = requestIdFrom(header);
    expect(first).toMatch(uuid);
    expect(requestIdFrom(header)).not.toBe(first);
  });
});
