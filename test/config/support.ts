import { expect } from "vitest";
import { type Config, loadConfig } from "../../src/config/config.ts";
import type { Environment } from "../../src/config/reader.ts";
import type { ReadTextFile } from "../../src/config/tls.ts";

const noFiles: ReadTextFile = (path) => {
  throw Object.assign(new Error(`no file ${path}`), { code: "ENOENT" });
};

/** The config, where the environment is to be accepted. */
export function accepted(env: Environment, readFile: ReadTextFile = noFiles): Config {
  const loaded = loadConfig(env, readFile);
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  return loaded.config;
}

/** The one problem, where the environment is to be refused for exactly one. */
export function refusal(env: Environment, readFile: ReadTextFile = noFiles): string {
  const problems = refusals(env, readFile);
  expect(problems).toHaveLength(1);
  return problems[0] ?? "";
}

export function refusals(env: Environment, readFile: ReadTextFile = noFiles): string[] {
  const loaded = loadConfig(env, readFile);
  return loaded.ok ? [] : loaded.problems;
}
