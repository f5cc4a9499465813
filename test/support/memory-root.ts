import { existsSync } from "node:fs";
import { tmpdir } from "node:os";

/**
 * For databases of tests that do not ask how they get to the disk. Where the operating system has one: files in memory,
 * whose syncs cost nothing.
 */
export const memoryRoot = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
