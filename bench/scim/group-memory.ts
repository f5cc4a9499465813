/** What it costs the service's process to answer a group with very many members. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { numberOf } from "../processes/fields.ts";
import type { Child } from "../processes/parent.ts";
import { median } from "../statistics.ts";
import { groupOf } from "./calls.ts";
import { largestGroup } from "./cases.ts";
import type { LoadCall } from "./load/load-call.ts";
import type { Site } from "./sites.ts";

export interface GroupMemory {
  readonly members: number;
  readonly bytes: number;
  readonly tookMs: number;
  /** Resident memory of the process; undefined where there is no /proc. */
  readonly beforeBytes: number | undefined;
  readonly peakBytes: number | undefined;
}

const downloads = 20;
const sampleMs = 5;

export async function measureGroupMemory(load: Child, { facts, ports, servers }: Site): Promise<GroupMemory> {
  const { id, members } = groupOf(facts, largestGroup);
  const path = `/scim/v2/Groups/${id}`;
  const call: LoadCall = {
    port: ports.service.steady,
    token: facts.token,
    status: 200,
    lists: [[{ method: "GET", path }]],
  };
  const { pid } = servers.service;
  const beforeBytes = residentBytes(pid);
  const watch = watchMemory(pid);
  const tookMs: number[] = [];
  let bytes = 0;
  try {
    for (let count = 0; count < downloads; count += 1) {
      const downloaded = await load.ask("download", { call });
      tookMs.push(numberOf(downloaded, "tookMs"));
      bytes = numberOf(downloaded, "bytes");
    }
  } finally {
    watch.stop();
  }
  return { members, bytes, tookMs: median(tookMs), beforeBytes, peakBytes: await watch.peakBytes };
}

interface Watch {
  stop(): void;
  readonly peakBytes: Promise<number | undefined>;
}

/** From outside, so that a process that is busy cannot hide its peak. */
function watchMemory(pid: number | undefined): Watch {
  let isOver = false;
  async function watch(): Promise<number | undefined> {
    let peak = residentBytes(pid);
    while (!isOver && peak !== undefined) {
      await sleep(sampleMs);
      peak = Math.max(peak, residentBytes(pid) ?? 0);
    }
    return peak;
  }
  return {
    stop() {
      isOver = true;
    },
    peakBytes: watch(),
  };
}

function residentBytes(pid: number | undefined): number | undefined {
  if (process.platform !== "linux" || pid === undefined) return undefined;
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}
