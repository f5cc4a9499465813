import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { describeSettings } from "../../src/config/describe.ts";
import { createFolder } from "../process/support/folder.ts";
import { runToEnd } from "../process/support/process.ts";
import { cli } from "./support.ts";

const commands = ["serve", "migrate", "backup <file>", "copy", "organization create", "token create"];
const hint = "(run with --help for what there is)";

it("--help names every command, and every setting with its default", async () => {
  const { code, out, err } = await cli(["--help"]);
  expect(code).toBe(0);
  expect(err).toEqual([]);
  for (const command of commands) {
    expect(out.filter((line) => line.startsWith(`  ${command} `))).toHaveLength(1);
  }
  for (const { name, default: value, description } of describeSettings()) {
    const lines = out.filter((line) => line.trimStart().split(/\s+/)[0] === name);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(description);
    expect(lines[0]).toMatch(value === "" ? /\(unset\)$/ : /\(\S+\)$/);
  }
});

it.each(commands)("%s --help says what the command does", async (command) => {
  const words = command.replace(" <file>", "").split(" ");
  const { code, out } = await cli([...words, "--help"]);
  expect(code).toBe(0);
  expect(out[0]).toContain(`Usage: organization-service ${words.join(" ")}`);
});

it("--version prints the package's version and nothing else", async () => {
  expect(await cli(["--version"])).toEqual({ code: 0, out: [packageJson.version], err: [] });
});

it("without a command the help goes to standard error, with exit code 2", async () => {
  const { code, out, err } = await cli([]);
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(err[0]).toMatch(/^Usage: organization-service/);
});

it.each([
  { args: ["serv"], message: "error: unknown command 'serv'", more: "(Did you mean serve?)" },
  { args: ["frobnicate"], message: "error: unknown command 'frobnicate'" },
  { args: ["organization", "destroy"], message: "error: unknown command 'destroy'" },
  { args: ["serve", "--prot", "1"], message: "error: unknown option '--prot'" },
  { args: ["migrate", "now"], message: /^error: too many arguments for 'migrate'/ },
  { args: ["backup"], message: "error: missing required argument 'file'" },
  { args: ["token", "create", "--email"], message: /^error: option '--email <email>' argument missing/ },
])("$args is refused with a hint and exit code 2, without a stack", async ({ args, message, more }) => {
  const { code, out, err } = await cli(args);
  expect({ code, out }).toEqual({ code: 2, out: [] });
  const expected = typeof message === "string" ? message : expect.stringMatching(message);
  expect(err).toEqual([expected, ...(more === undefined ? [] : [more]), hint]);
});

it("the process ends with the command's code and says its lines where they belong", async () => {
  using folder = createFolder();
  const { code, stdout, stderr } = await runToEnd(["migrate", "--fast"], { cwd: folder.path });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toBe(`error: unknown option '--fast'\n${hint}\n`);
});

it("a reader that leaves is no fault: --help can be piped into head", () => {
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  const script = `set -o pipefail; '${process.execPath}' '${main}' --help 2>&1 | head -n 1`;
  const out = execFileSync("bash", ["-c", script], { encoding: "utf8" });
  expect(out).toBe("Usage: organization-service [options] [command]\n");
});
