/** Does what the README says, from its first command to its last, and says where the two differ. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Block } from "./markdown.ts";
import { createMasker } from "./mask.ts";
import { type Checkout, openTerminal, type Service, startService, type Terminal } from "./newcomer.ts";

/** Done already by whoever runs the tests. */
const installation = "npm ci && ";

/** Where the README's outputs come from: what differs here is put in their place. */
const shown = { folder: "/home/ada/organization-service", port: 8080 } as const;

export interface Session extends AsyncDisposable {
  /** The next block, in the README's order. */
  follow(block: Block): Promise<void>;
}

export function startSession(checkout: Checkout): Session {
  const terminal = openTerminal(checkout.folder);
  const documented = createMasker();
  const actual = createMasker();
  let service: Service | undefined;
  let output: string | undefined;

  function running(): Service {
    if (service === undefined) throw new Error("the service was not started");
    return service;
  }

  async function start(command: string): Promise<void> {
    service = await startService(checkout.folder, command);
    output = service.output();
  }

  /** What a command prints is either shown below it, or nothing. */
  function expectShown(block: Block): void {
    expect(output?.trim() ?? "", `printed before ${where(block)}, and not shown`).toBe("");
  }

  async function run(block: Block): Promise<void> {
    expectShown(block);
    const { output: printed, status } = await terminal.run(toHere(withValues(block), running().port));
    expect(status, `${where(block)} ends with ${status}: ${printed}`).toBe(0);
    output = printed;
  }

  /** The README stops the service here, does something to its files, and starts it again. */
  async function runStopped(block: Block): Promise<void> {
    await running().interrupt();
    expect(running().output()).toContain('"msg":"stopped"');
    const commands = block.text.split("\n");
    await run({ ...block, text: commands.slice(0, -1).join("\n") });
    await start(commands.at(-1) ?? "");
    output = undefined;
    await run({ ...block, text: `export URL=http://127.0.0.1:${running().port}` });
  }

  /** Lines `export NAME=value` whose value an answer has shown get the value that it has shown here. */
  function withValues(block: Block): string {
    return block.text.replaceAll(/^(export \w+=)(\S+)$/gm, (line, name: string, value: string) => {
      const label = documented.mask(value);
      if (label === value) return line;
      const here = actual.valueOf(label);
      if (here === undefined) throw new Error(`${where(block)}: no answer above has shown ${value}`);
      return name + here;
    });
  }

  function compare(block: Block, read: (text: string) => unknown): void {
    if (output === undefined) throw new Error(`${where(block)}: no command stands before it`);
    const here = read(actual.mask(toShown(output, checkout.folder, running().port)));
    expect(here, where(block)).toEqual(read(documented.mask(block.text)));
    output = undefined;
  }

  function findInLog(block: Block): void {
    const lines = toShown(running().output(), checkout.folder, running().port).split("\n");
    const masked = lines.map((line) => createMasker().mask(line));
    expect(masked, where(block)).toContain(createMasker().mask(block.text));
  }

  return {
    async follow(block) {
      switch (block.info) {
        case "sh start":
          return await start(block.text.replace(installation, ""));
        case "sh":
          return await run(block);
        case "sh stopped":
          return await runStopped(block);
        case "json":
          return compare(block, readJson);
        case "text":
          return compare(block, readText);
        case "json log":
          return findInLog(block);
        case "ts":
          return writeFileSync(join(checkout.folder, "client.ts"), block.text);
        default:
          throw new Error(`${where(block)}: these tests do not know what to do with \`${block.info}\``);
      }
    },
    async [Symbol.asyncDispose]() {
      await closeBoth(terminal, service);
    },
  };
}

async function closeBoth(terminal: Terminal, service: Service | undefined): Promise<void> {
  await Promise.all([terminal[Symbol.asyncDispose](), service?.[Symbol.asyncDispose]()]);
}

function where(block: Block): string {
  return `README.md:${block.line}`;
}

function toHere(text: string, port: number): string {
  return text.replaceAll(`127.0.0.1:${shown.port}`, `127.0.0.1:${port}`);
}

function toShown(text: string, folder: string, port: number): string {
  return text
    .replaceAll(folder, shown.folder)
    .replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${shown.port}`)
    .replaceAll(`"port":${port}`, `"port":${shown.port}`);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Shown by the comparison that follows, which fails.
    return text;
  }
}

/** Without what npm says before a script. */
function readText(text: string): string {
  const lines = text.split("\n").map((line) => line.trimEnd());
  return lines
    .filter((line) => !line.startsWith("> "))
    .join("\n")
    .trim();
}
