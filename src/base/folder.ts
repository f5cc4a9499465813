import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder, which its owner alone may read, with those above it. Not `mkdir` with `recursive`, which on a file
 * system that refuses to make anything (`/proc`) never returns.
 *
 * @throws the system's error for the first folder that cannot be made
 */
export function ensureFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) ensureFolder(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process that starts at the same time was faster.
    if (!existsSync(path)) throw error;
  }
}
