import { describe, expect, it } from "vitest";
import { logLevels } from "../../src/observability/log-level.ts";
import { createSilentLogger } from "../../src/observability/logger.ts";
import { createCollectingLogger } from "./collecting-logger.ts";

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe("the logger", () => {
  it("writes one JSON line with an ISO time, a level in words, the fields and the message", () => {
    const { logger, lines, entries } = createCollectingLogger();
    logger.info({ port: 8080 }, "listening");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(entries()).toEqual([
      { level: "info", time: expect.stringMatching(isoTime), port: 8080, msg: "listening" },
    ]);
  });

  it("names each level", () => {
    const { logger, entries } = createCollectingLogger();
    for (const level of ["debug", "info", "warn", "error"] as const) logger[level]({}, level);
    expect(entries().map(({ level }) => level)).toEqual(["debug", "info", "warn", "error"]);
  });

  it.each([
    ["trace", 4],
    ["debug", 4],
    ["info", 3],
    ["warn", 2],
    ["error", 1],
    ["fatal", 0],
    ["silent", 0],
  ] as const)("at level %s writes %i of debug, info, warn and error", (level, count) => {
    const { logger, lines } = createCollectingLogger(level);
    for (const each of ["debug", "info", "warn", "error"] as const) logger[each]({}, each);
    expect(lines).toHaveLength(count);
  });

  it("covers every level of LOG_LEVEL in the table above", () => {
    expect(logLevels).toHaveLength(7);
  });

  it("gives every line of a child, and of the child's child, their fields", () => {
    const { logger, entries } = createCollectingLogger();
    logger.child({ requestId: "r1" }).child({ method: "Get" }).warn({ code: 5 }, "slow");
    logger.info({}, "parent");
    expect(entries()[0]).toMatchObject({ requestId: "r1", method: "Get", code: 5, msg: "slow" });
    expect(entries()[1]).not.toHaveProperty("requestId");
  });

  it("keeps an error's type, message, stack and cause under err", () => {
    const { logger, entries } = createCollectingLogger();
    logger.error({ err: new TypeError("boom", { cause: new Error("why") }) }, "failed");
    expect(entries()[0]?.err).toMatchObject({
      type: "TypeError",
      message: "boom",
      stack: expect.stringContaining("logger.test.ts"),
      cause: { type: "Error", message: "why" },
    });
  });

  it("does not read the fields of a line that its level drops", () => {
    const { logger } = createCollectingLogger("info");
    const fields = {
      get expensive(): string {
        throw new Error("read");
      },
    };
    expect(() => logger.debug(fields, "dropped")).not.toThrow();
  });

  it("writes the line without its fields when they cannot be read", () => {
    const { logger, entries } = createCollectingLogger();
    const fields = {
      get broken(): string {
        throw new Error("read");
      },
    };
    logger.info(fields, "still here");
    expect(entries()[0]).toMatchObject({ fields: "[unreadable]", msg: "still here" });
  });

  it("writes a percent sign and a line feed of a message as they are, on one line", () => {
    const { logger, lines, entries } = createCollectingLogger();
    logger.info({}, '100%s\n{"level":"forged"}');
    expect(entries()[0]?.msg).toBe('100%s\n{"level":"forged"}');
    expect(lines[0]?.trimEnd()).not.toContain("\n");
  });

  it("has a silent kind that accepts everything", () => {
    const logger = createSilentLogger();
    expect(() => logger.child({ a: 1 }).error({ err: new Error("x") }, "nobody reads this")).not.toThrow();
  });
});
