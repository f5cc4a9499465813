// Runs buf as the npm scripts do: from the project's root, with node_modules/.bin first on the PATH.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { delimiter, join, relative, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

export type Finished = { code: number; output: string; stdout: Buffer };

export function runBuf(...args: string[]): Promise<Finished> {
  return runNode(join(root, "node_modules/@bufbuild/buf/bin/buf"), ...args);
}

/** Resolves whatever the exit code is: what was printed belongs to the assertion. */
export function runNode(script: string, ...args: string[]): Promise<Finished> {
  const path = `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}`;
  const options = {
    cwd: root,
    env: { ...process.env, PATH: path },
    encoding: "buffer",
    maxBuffer: 64 << 20,
  } as const;
  return new Promise((done) => {
    const child = execFile(process.execPath, [script, ...args], options, (_error, stdout, stderr) => {
      done({ code: child.exitCode ?? -1, output: `${stdout}${stderr}`, stdout });
    });
  });
}

/** The text of every file under a folder, by its path from there. */
export function readTree(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path, "utf8")]));
}
