/** What is measured. Every round runs all of it, in this order. */

import { type Protocol, protocols } from "./load/call.ts";
import type { CommitMode } from "./server/committing-storage.ts";

/** The engines, with `--postgres`: measure-engines.ts. */
export const engineSites = ["sqlite", "postgres", "two on postgres"] as const;
export type EngineSite = (typeof engineSites)[number];

/** `bare`: Node alone. `service`: as shipped. `grouped`, `single`: the benchmark's storage (server/main.ts). */
export type SiteName = "bare" | "service" | CommitMode | EngineSite;
/** `create` in one organization, `create apart`: each caller in its own. */
export type CallName = "get" | "no-op" | "public no-op" | "create" | "create apart";

/** Calls over the network. */
export interface RpcCase {
  readonly kind: "rpc";
  readonly site: SiteName;
  readonly call: CallName;
  readonly protocol: Protocol;
  readonly callers: number;
  /** Emulated: added to each COMMIT of `grouped` and `single`. */
  readonly delayMs: number;
}

/** Calls of the repository within the server's process. */
export interface StorageCase {
  readonly kind: "storage";
  readonly site: CommitMode;
  readonly callers: number;
  readonly delayMs: number;
}

export type Case = RpcCase | StorageCase;

export const readCallers = 32;
export const writeCallers = [16, 64] as const;
export const emulatedDelaysMs = [1, 3] as const;
export const storageCallers = 64;

const modes = ["grouped", "single"] as const;

export const readCases: readonly RpcCase[] = protocols.flatMap((protocol) =>
  (["bare", "public no-op", "no-op", "get"] as const).map(
    (name): RpcCase => ({
      kind: "rpc",
      site: name === "bare" ? "bare" : "service",
      call: name === "bare" ? "get" : name,
      protocol,
      callers: readCallers,
      delayMs: 0,
    }),
  ),
);

/** On this machine's disk: the shipped storage beside one commit for each request. */
export const writeCases: readonly RpcCase[] = protocols.flatMap((protocol) =>
  writeCallers.flatMap((callers) =>
    (["service", "single"] as const).map((site) => writeCase(site, protocol, callers, 0)),
  ),
);

/** On slower disks, emulated. */
export const slowDiskCases: readonly RpcCase[] = emulatedDelaysMs.flatMap((delayMs) =>
  modes.map((site) => writeCase(site, "connect", 64, delayMs)),
);

export const storageCases: readonly StorageCase[] = [0, ...emulatedDelaysMs].flatMap((delayMs) =>
  modes.map((site): StorageCase => ({ kind: "storage", site, callers: storageCallers, delayMs })),
);

export const cases: readonly Case[] = [...readCases, ...writeCases, ...slowDiskCases, ...storageCases];

export const engineCallers = [16, 64] as const;
export const engineCalls = ["get", "create", "create apart"] as const;

/** The same calls on each engine, one after another. */
export const engineCases: readonly RpcCase[] = engineCalls.flatMap((call) =>
  engineCallers.flatMap((callers) =>
    engineSites.map(
      (site): RpcCase => ({ kind: "rpc", site, call, protocol: "connect", callers, delayMs: 0 }),
    ),
  ),
);

function writeCase(site: SiteName, protocol: Protocol, callers: number, delayMs: number): RpcCase {
  return { kind: "rpc", site, call: "create", protocol, callers, delayMs };
}

/** What `--only` searches: the title with the protocol before it. */
export function nameOf(item: Case): string {
  if (isEngine(item)) return `${item.protocol}: ${callTitle(item.call)}: ${titleOf(item)}`;
  return `${item.kind === "storage" ? "storage" : item.protocol}: ${titleOf(item)}`;
}

export function titleOf(item: Case): string {
  if (item.kind === "storage") return `${commitTitle(item.site)}${delayTitle(item.delayMs)}`;
  if (isEngine(item)) return `${engineTitles[item.site]}, ${item.callers} callers`;
  if (item.site === "bare") return item.protocol === "connect" ? "bare node:http" : "bare node:http2";
  switch (item.call) {
    case "get":
      return "GetSCIMConfiguration";
    case "create":
      return `${commitTitle(item.site)}, ${item.callers} callers${delayTitle(item.delayMs)}`;
    default:
      return item.call;
  }
}

export const engineTitles: Readonly<Record<EngineSite, string>> = {
  sqlite: "SQLite",
  postgres: "PostgreSQL",
  "two on postgres": "PostgreSQL, two instances",
};

function isEngine(item: Case): item is RpcCase & { readonly site: EngineSite } {
  return engineSites.some((site) => site === item.site);
}

export function callTitle(call: CallName): string {
  switch (call) {
    case "get":
      return "GetSCIMConfiguration";
    case "create":
      return "CreateSCIMConfiguration, one organization";
    case "create apart":
      return "CreateSCIMConfiguration, an organization for each caller";
    default:
      return call;
  }
}

function commitTitle(site: SiteName): string {
  return site === "single" ? "a commit each" : "group commit";
}

function delayTitle(delayMs: number): string {
  return delayMs === 0 ? "" : `, disk +${delayMs} ms`;
}
