/** For each size of directory: filled databases, the service and the bare server on them, each in a process of its own. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { measureRpc, type Sample } from "../measure-rpc.ts";
import { type Fields, numberOf } from "../processes/fields.ts";
import { type Child, startChild } from "../processes/parent.ts";
import { progress } from "../rounds.ts";
import { type CallName, planOf, type ServerName } from "./calls.ts";
import { grouped, groupSizes, largestGroup, type ScimCase } from "./cases.ts";
import { type DirectoryFacts, parseDirectoryFacts } from "./directory-facts.ts";
import { type GroupMemory, measureGroupMemory } from "./group-memory.ts";
import type { LoadCall } from "./load/load-call.ts";
import { measureSerial } from "./measure-serial.ts";

export interface Ports {
  readonly steady: number;
  /** Of the directory that users are created in. */
  readonly growing: number;
}

export interface Site {
  readonly facts: DirectoryFacts;
  readonly servers: Readonly<Record<ServerName, Child>>;
  readonly ports: Readonly<Record<ServerName, Ports>>;
  /** Seconds that it took to fill. */
  readonly seedSeconds: number;
}

export interface ScimBench {
  readonly load: Child;
  readonly sites: ReadonlyMap<number, Site>;
  measure(item: ScimCase, seconds: number): Promise<Sample>;
  /** Of the service; undefined without a directory that has the group. */
  groupMemory(): Promise<GroupMemory | undefined>;
  stop(): Promise<void>;
}

export async function startScimBench(
  folder: string,
  sizes: readonly number[],
  serverOptions: readonly string[],
): Promise<ScimBench> {
  const load = startChild("scim/load/main.ts");
  const sites = new Map<number, Site>();
  const stop = async (): Promise<void> => {
    await load.stop();
    for (const { servers } of sites.values()) {
      await servers.bare.stop();
      await servers.service.stop();
    }
  };
  try {
    for (const users of sizes)
      sites.set(users, await openSite(join(folder, String(users)), users, serverOptions));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    load,
    sites,
    async measure(item, seconds) {
      const site = siteOf(sites, item.users);
      const call = loadCallOf(site, item);
      if (item.call === "bulk") return await measureSerial(load, site.servers.service, call, seconds);
      return await measureRpc(load, { call, servers: [site.servers[item.server]] }, item.callers, seconds);
    },
    async groupMemory() {
      const site = sites.get(largestGroup);
      return site && (await measureGroupMemory(load, site));
    },
    stop,
  };
}

async function openSite(folder: string, users: number, serverOptions: readonly string[]): Promise<Site> {
  progress(`a directory of ${grouped(users)} users`);
  const startMs = performance.now();
  const facts = parseDirectoryFacts(await fillFolder(folder, users));
  const seedSeconds = (performance.now() - startMs) / 1000;
  const service = startChild("scim/server/main.ts", serverOptions);
  const bare = startChild("scim/server/bare.ts");
  try {
    return {
      facts,
      servers: { service, bare },
      ports: {
        service: toPorts(await service.ask("open", { folder })),
        bare: toPorts(await bare.ask("open", { folder })),
      },
      seedSeconds,
    };
  } catch (error) {
    await bare.stop();
    await service.stop();
    throw error;
  }
}

async function fillFolder(folder: string, users: number): Promise<Fields> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const seed = startChild("scim/seed/main.ts");
  try {
    return await seed.ask("open", { folder, users, groupSizes: users === largestGroup ? groupSizes : [] });
  } finally {
    await seed.stop();
  }
}

function toPorts(fields: Fields): Ports {
  return { steady: numberOf(fields, "steady"), growing: numberOf(fields, "growing") };
}

export function siteOf(sites: ReadonlyMap<number, Site>, users: number): Site {
  const site = sites.get(users);
  if (site === undefined) throw new Error(`there is no directory of ${users} users`);
  return site;
}

const growing: ReadonlySet<CallName> = new Set(["create", "bulk"]);

export function loadCallOf(
  { facts, ports }: Site,
  { server, call, groupSize, callers }: Omit<ScimCase, "users">,
): LoadCall {
  const port = ports[server][growing.has(call) ? "growing" : "steady"];
  return { port, token: facts.token, ...planOf(server, call, facts, groupSize, callers) };
}
