import { defineConfig } from "vitest/config";

/** CI counts the tests from this file. */
const reportFile = process.env.VITEST_JSON_REPORT;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Two cores: more workers only make the real servers in these tests wait for each other.
    maxWorkers: 2,
    reporters: reportFile === undefined ? ["default"] : ["default", ["json", { outputFile: reportFile }]],
  },
});
