/** A small disk of its own, for tests that fill it. Only root may mount one. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk extends Disposable {
  file(name: string): string;
  /** Writes a file until no byte is left. */
  fill(): void;
  resize(megabytes: number): void;
  makeReadOnly(): void;
}

export function canMount(): boolean {
  try {
    using _disk = mountSmallDisk(1);
    return true;
  } catch {
    return false;
  }
}

export function mountSmallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), "organization-service-disk-"));
  try {
    command("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path);
  } catch (error) {
    rmSync(path, { recursive: true });
    throw error;
  }
  return {
    file: (name) => join(path, name),
    fill: () => fill(join(path, "ballast")),
    resize: (size) => command("mount", "-o", `remount,size=${size}m`, path),
    makeReadOnly: () => command("mount", "-o", "remount,ro", path),
    [Symbol.dispose]() {
      command("umount", "--lazy", path);
      rmSync(path, { recursive: true });
    },
  };
}

function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (let bytes = 1024 * 1024; bytes >= 1; ) {
      try {
        if (writeSync(file, Buffer.alloc(bytes)) === bytes) continue;
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      }
      bytes = Math.floor(bytes / 2);
    }
  } finally {
    closeSync(file);
  }
}

function command(name: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(name, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name} ${args.join(" ")}: ${stderr}`);
}
