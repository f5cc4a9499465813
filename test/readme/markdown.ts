/** What the tests need to know of the README's Markdown. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");
export const readme = readFileSync(join(root, "README.md"), "utf8");

/** A fenced block. */
export interface Block {
  /** The whole info string: the language, and after it what the tests are to do with it. */
  readonly info: string;
  readonly text: string;
  /** Of its fence, for messages. */
  readonly line: number;
}

const fence = "```";

/** @throws Error for a fence that is not closed */
export function blocksOf(markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [index, text] of markdown.split("\n").entries()) {
    if (open === undefined) {
      if (text.startsWith(fence)) open = { info: text.slice(fence.length), line: index + 1, lines: [] };
    } else if (text === fence) {
      blocks.push({ info: open.info, text: open.lines.join("\n"), line: open.line });
      open = undefined;
    } else open.lines.push(text);
  }
  if (open !== undefined) throw new Error(`README.md:${open.line}: the fence is not closed`);
  return blocks;
}

/** The only block with this info string. */
export function blockOf(info: string): Block {
  const [block, ...others] = blocksOf(readme).filter((each) => each.info === info);
  if (block === undefined || others.length > 0) throw new Error(`one block \`${info}\` was expected`);
  return block;
}

/** The rows, cell by cell and without the head, of the table that begins with this head. */
export function tableOf(head: string): readonly (readonly string[])[] {
  const lines = readme.split("\n");
  const start = lines.indexOf(head);
  if (start === -1) throw new Error(`no table begins with ${head}`);
  const rows = lines.slice(start + 2);
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith("|")),
    )
    .map(cellsOf);
}

function cellsOf(row: string): readonly string[] {
  return row
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** What stands in backquotes. */
export function codeSpansOf(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
}
