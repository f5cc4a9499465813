/** The lines that the service has written, parsed. */
import { vi } from "vitest";
import type { TestServer } from "../../support/server.ts";
import { parseJson } from "./calls.ts";

export type Line = Record<string, unknown>;

export function linesOf(server: TestServer): Line[] {
  return server.logs.map(parseJson);
}

/** The lines of requests, once there are so many: a line is written when its response has gone, perhaps after it came. */
export async function requestLines(server: TestServer, count: number): Promise<Line[]> {
  return await vi.waitFor(() => {
    const lines = linesOf(server).filter(({ msg }) => msg === "request");
    if (lines.length < count) throw new Error(`${lines.length} lines of ${count}`);
    return lines;
  });
}
