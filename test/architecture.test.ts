// The direction of dependencies, read from the imports of every file in src.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, it } from "vitest";

interface Module {
  /** From the root: `src/domain/errors.ts`. */
  readonly path: string;
  readonly source: string;
}

interface Import {
  readonly from: string;
  /** A path from the root, or a package as it is imported. */
  readonly to: string;
}

const root = dirname(import.meta.dirname);
const storageContract = [
  "src/storage/storage.ts",
  "src/storage/directory.ts",
  "src/storage/records.ts",
  "src/storage/errors.ts",
];
/** How a filter is handed to storage. */
const scimQuery = ["src/scim/filter/condition.ts", "src/scim/resource/search-document.ts"];

/** What each part may import besides itself; the longest prefix counts. What is not listed is forbidden. */
const layers: Readonly<Record<string, readonly string[]>> = {
  "src/base/": [],
  "src/observability/": [],
  "src/keys/": ["src/base/"],
  "src/config/": ["src/base/", "src/observability/"],
  "src/scim/": ["src/base/"],
  "src/storage/storage.ts": ["src/base/", ...storageContract],
  "src/storage/directory.ts": ["src/base/", ...storageContract, ...scimQuery],
  "src/storage/records.ts": ["src/base/", ...storageContract],
  "src/storage/errors.ts": ["src/base/", ...storageContract],
  "src/storage/": ["src/base/", ...scimQuery],
  "src/domain/": ["src/base/", "src/keys/", "src/scim/", ...storageContract],
  "src/dns/": ["src/domain/dns-resolver.ts"],
  "src/auth/": ["src/base/", "src/keys/", "src/domain/principal.ts", ...storageContract],
  "src/rpc/": [
    "src/base/",
    "src/keys/",
    "src/domain/",
    "src/auth/",
    "src/observability/",
    ...storageContract,
  ],
  "src/scim-http/": [
    ...["src/base/", "src/scim/", "src/domain/", "src/auth/", "src/observability/"],
    ...storageContract,
  ],
  // The state of a call is made where requests arrive.
  "src/server/": ["src/base/", "src/observability/", "src/rpc/call.ts", "src/scim-http/handler.ts"],
  "src/cli/": [
    ...["src/app.ts", "src/base/", "src/config/", "src/domain/", "src/keys/", "src/observability/"],
    ...["src/storage/errors.ts", "src/storage/open.ts", "src/storage/migrations/"],
  ],
  "src/main.ts": ["src/cli/"],
  "src/app.ts": ["src/"],
};

const engines = ["src/storage/sqlite/", "src/storage/postgres/"];

/** Where packages, Node's modules and generated code may be imported. A package that is not listed is forbidden. */
const homes: readonly (readonly [string, readonly string[]])[] = [
  ["gen/", ["src/rpc/"]],
  ["@bufbuild/", ["src/rpc/"]],
  // The server carries Connect's requests and refuses, in Connect's form, what never reaches it.
  ["@connectrpc/", ["src/rpc/", "src/server/"]],
  ["better-sqlite3", ["src/storage/sqlite/"]],
  ["pg", ["src/storage/postgres/"]],
  ["pino", ["src/observability/"]],
  ["commander", ["src/cli/"]],
  ["package.json", ["src/cli/"]],
  ["node:http", ["src/server/"]],
  ["node:https", ["src/server/"]],
  ["node:http2", ["src/server/"]],
  // Configuration checks addresses and certificates; a pool of connections has sockets.
  ["node:net", ["src/server/", "src/config/", "src/storage/postgres/"]],
  ["node:dns", ["src/dns/"]],
  ["node:tls", ["src/server/", "src/config/"]],
  ["node:", ["src/"]],
];

/** What may stand in the text of which files alone. */
const texts: readonly (readonly [string, RegExp, readonly string[]])[] = [
  ["process.env", /\bprocess\s*\.\s*env\b|\benv\b[^;=]*=\s*process\b/, ["src/main.ts", "src/cli/"]],
  [
    "SQL",
    /["'`]\s*(?:SELECT\s|INSERT INTO\s|UPDATE\s+\S+\s+SET\s|DELETE FROM\s|CREATE TABLE\s|PRAGMA\s)/,
    ["src/storage/"],
  ],
  ["the time of day", /\bDate\.now\(|\bnew Date\(\)/, ["src/base/clock.ts"]],
  ["an exit code", /\bprocess\.exit(?:Code)?\b/, ["src/main.ts"]],
];

function violationsOf(modules: readonly Module[]): string[] {
  const imports = modules.flatMap(importsOf);
  return [
    ...modules.flatMap(textViolations),
    ...imports.flatMap(layerViolations),
    ...imports.flatMap(engineViolations),
    ...imports.flatMap(homeViolations),
    ...cyclesOf(imports),
  ];
}

const statement = /(?:^|[;}\n])\s*(?:import|export)\b(?:[^"';]*?\bfrom)?\s*["']([^"']+)["']/g;
const dynamic = /\bimport\s*\(\s*(?:["']([^"']+)["'])?/g;

function importsOf({ path, source }: Module): Import[] {
  const code = withoutComments(source);
  const found = [...code.matchAll(statement), ...code.matchAll(dynamic)].map(([, specifier]) => specifier);
  return found.map((specifier = "an import that is computed") => ({
    from: path,
    to: specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier,
  }));
}

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/[^\n]*/g, "$1");
}

function layerViolations({ from, to }: Import): string[] {
  if (!to.startsWith("src/")) return [];
  const layer = layerOf(from);
  if (layer === undefined) return [`${from} is in no layer`];
  const allowed = layers[layer] ?? [];
  const isOwn = layer.endsWith("/") && to.startsWith(layer);
  return isOwn || startsWithAny(to, allowed) ? [] : [`${from} must not import ${to}`];
}

function layerOf(path: string): string | undefined {
  const fitting = Object.keys(layers).filter((layer) => path.startsWith(layer));
  return fitting.toSorted((a, b) => b.length - a.length)[0];
}

/** Engines know of no other engine, and of an engine knows the one file that chooses it. */
function engineViolations({ from, to }: Import): string[] {
  const engine = engines.find((folder) => to.startsWith(folder));
  if (engine === undefined || from.startsWith(engine) || from === "src/storage/open.ts") return [];
  return [`${from} names an engine: ${to}`];
}

function homeViolations({ from, to }: Import): string[] {
  if (to.startsWith("src/")) return [];
  const home = homes.find(
    ([name]) => to === name || to.startsWith(name.endsWith("/") || name.endsWith(":") ? name : `${name}/`),
  );
  if (home === undefined) return [`${from} imports ${to}, which has no place here yet`];
  return startsWithAny(from, home[1]) ? [] : [`${from} must not import ${to}`];
}

function textViolations({ path, source }: Module): string[] {
  const code = withoutComments(source);
  return texts
    .filter(([, pattern, allowed]) => pattern.test(code) && !startsWithAny(path, allowed))
    .map(([what]) => `${path} must not contain ${what}`);
}

function startsWithAny(path: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => path.startsWith(prefix));
}

function cyclesOf(imports: readonly Import[]): string[] {
  const next = Map.groupBy(imports, ({ from }) => from);
  const done = new Set<string>();
  const cycles: string[] = [];
  function visit(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push(`cycle: ${[...trail.slice(start), path].join(" → ")}`);
    if (start >= 0 || done.has(path)) return;
    for (const { to } of next.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  }
  for (const path of next.keys()) visit(path, []);
  return cycles;
}

const sources: readonly Module[] = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => posix.join("src", name.replaceAll("\\", "/")))
  .map((path) => ({ path, source: readFileSync(join(root, path), "utf8") }));

describe("the source", () => {
  it("is all read, with its imports", () => {
    expect(sources.length).toBeGreaterThan(100);
    const imports = sources.flatMap(importsOf);
    expect(imports.length).toBeGreaterThan(400);
    const known = new Set(sources.map(({ path }) => path));
    const lost = imports.filter(({ to }) => to.startsWith("src/") && !known.has(to));
    expect(lost).toEqual([]);
  });

  it("keeps the direction of dependencies, without cycles", () => {
    expect(violationsOf(sources)).toEqual([]);
  });
});

describe("a violation is found:", () => {
  it.each([
    ["base imports of ours", "base/ids.ts", 'import { x } from "../keys/keyring.ts";'],
    ["keys imports storage", "keys/keyring.ts", 'import type { X } from "../storage/records.ts";'],
    ["storage imports the domain", "storage/tables.ts", 'import { x } from "../domain/errors.ts";'],
    ["an engine imports rpc", "storage/sqlite/x.ts", 'import { x } from "../../rpc/call.ts";'],
    ["the storage contract imports more", "storage/storage.ts", 'import { x } from "./operation.ts";'],
    ["the domain imports more than the contract", "domain/x.ts", 'import { x } from "../storage/open.ts";'],
    ["the domain imports rpc", "domain/x.ts", 'export type { X } from "../rpc/call.ts";'],
    ["the domain imports protobuf", "domain/x.ts", 'import { X } from "../../gen/gitpod/v1/user_pb.ts";'],
    ["the domain imports a driver", "domain/x.ts", 'import Database from "better-sqlite3";'],
    ["the domain imports Connect", "domain/x.ts", 'import { Code } from "@connectrpc/connect";'],
    ["the domain imports DNS", "domain/x.ts", 'import { Resolver } from "node:dns/promises";'],
    ["DNS imports more of the domain", "dns/x.ts", 'import { x } from "../domain/errors.ts";'],
    ["the domain imports HTTP", "domain/x.ts", 'import { get } from "node:http";'],
    ["rpc imports storage's insides", "rpc/x.ts", 'import { x } from "../storage/columns.ts";'],
    ["rpc imports the server", "rpc/x.ts", 'import { x } from "../server/cors.ts";'],
    ["the server imports protobuf", "server/x.ts", 'import { create } from "@bufbuild/protobuf";'],
    ["the server imports the domain", "server/x.ts", 'import { x } from "../domain/errors.ts";'],
    ["something else logs through pino", "rpc/x.ts", 'import { pino } from "pino";'],
    ["one engine imports the other", "storage/postgres/x.ts", 'import { x } from "../sqlite/lock.ts";'],
    ["storage names an engine", "storage/copy.ts", 'import { x } from "./sqlite/lock.ts";'],
    ["the root names an engine", "app.ts", 'import { x } from "./storage/sqlite/lock.ts";'],
    ["an import over several lines", "domain/x.ts", 'import {\n  a,\n  b,\n} from "../server/cors.ts";'],
    ["an import for its effects", "domain/x.ts", 'import "../server/cors.ts";'],
    ["an import on the way", "domain/x.ts", 'const x = await import("../server/cors.ts");'],
    ["a type imported in place", "domain/x.ts", 'type X = import("../server/cors.ts").X;'],
    ["a computed import", "domain/x.ts", "const x = await import(name);"],
    ["a package without a place", "domain/x.ts", 'import x from "left-pad";'],
    ["a folder without a layer", "other/x.ts", 'import { x } from "../base/ids.ts";'],
    ["the environment", "config/config.ts", "const port = process.env.PORT;"],
    ["the environment, taken apart", "config/config.ts", "const { env } = process;"],
    ["SQL in the domain", "domain/x.ts", 'const x = "SELECT id FROM organizations";'],
    ["SQL over lines", "rpc/x.ts", "const x = `\n  UPDATE members SET role = ?`;"],
    ["the time of day", "domain/x.ts", "const now = Date.now();"],
    ["an exit", "server/x.ts", "process.exit(1);"],
  ])("%s", (_what, path, source) => {
    expect(violationsOf([{ path: `src/${path}`, source }])).toHaveLength(1);
  });

  it("a cycle, of types too", () => {
    const a = { path: "src/domain/a.ts", source: 'import { b } from "./b.ts";' };
    const b = { path: "src/domain/b.ts", source: 'import type { C } from "./c.ts";' };
    const c = { path: "src/domain/c.ts", source: 'export { a } from "./a.ts";' };
    const [cycle] = violationsOf([a, b, c]);
    expect(cycle).toBe("cycle: src/domain/a.ts → src/domain/b.ts → src/domain/c.ts → src/domain/a.ts");
    expect(violationsOf([a, b])).toEqual([]);
  });

  it("and nothing else is: comments, strings and allowed imports", () => {
    const source = `
      // import { x } from "../server/cors.ts"; process.env.PORT
      /* import "../rpc/call.ts"; SELECT id FROM x */
      import { x } from "../storage/storage.ts";
      import { randomBytes } from "node:crypto";
      const text = "please select one from the list at https://example.com";`;
    expect(violationsOf([{ path: "src/domain/x.ts", source }])).toEqual([]);
  });
});
