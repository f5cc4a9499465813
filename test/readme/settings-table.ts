/** The README's table of settings: run as a program, this prints it for pasting. */
import { describeSettings, type SettingRow } from "../../src/config/describe.ts";

export const tableBegin = "<!-- settings: begin -->";
export const tableEnd = "<!-- settings: end -->";

export function renderSettingsTable(rows: readonly SettingRow[] = describeSettings()): string {
  return ["| Variable | Default | Allowed | Meaning |", "|---|---|---|---|", ...rows.map(renderRow)].join(
    "\n",
  );
}

function renderRow(row: SettingRow): string {
  const meaning = row.secret ? `${row.description} Secret.` : row.description;
  const cells = [code(row.name), row.default === "" ? "unset" : code(row.default), row.allowed, meaning];
  // Markdown would take what stands in angle brackets for HTML, and a bar for the end of a cell.
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll(/<(\w+)>/g, "&lt;$1&gt;")).join(" | ")} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) process.stdout.write(`${renderSettingsTable()}\n`);
