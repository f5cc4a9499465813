// The README is true: its commands run, its outputs are what they print, its tables are what the code says.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { codeFromString, codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { mintToken } from "../../src/keys/token-format.ts";
import type { Rule } from "../../src/rpc/endpoint.ts";
import { endpoints } from "../../src/rpc/router.ts";
import { readTree, runBuf } from "../contract/buf.ts";
import { blockOf, blocksOf, codeSpansOf, readme, root, tableOf } from "./markdown.ts";
import { checkOut } from "./newcomer.ts";
import { startSession } from "./session.ts";
import { renderSettingsTable, tableBegin, tableEnd } from "./settings-table.ts";

/** By its first line, each block that nobody runs, and why. Of `npm ci && npm start` the first half is in the same case. */
const notRun: Readonly<Record<string, string>> = {
  "npm ci && npm test": "it is what runs these tests; .ci/run runs it on a clean clone",
  "from gitpod import Gitpod": "needs a package from PyPI",
  "npm run -s cli -- copy --from sqlite:./data/organization.db \\": "needs a PostgreSQL server",
  "npm run dev:postgres": "test/postgres/dev-postgres.test.ts runs what it runs",
  "export DATABASE_URL=postgres://organization:password@db.example:5432/organization":
    "needs a PostgreSQL server",
  "[Unit]": "needs systemd",
  "FROM node:24-slim": "needs a container registry",
};

/** Blocks that tests of their own look at. */
const lookedAt = ["yaml typescript", "yaml remote", "text regex", "text tree", "ts users"];

const blocks = blocksOf(readme);
const notRunBlocks = blocks.filter(({ info }) => info.endsWith(" no-run"));

describe("the README's commands", () => {
  it("run in order on a fresh copy, and print what it says", { timeout: 60_000 }, async () => {
    using checkout = checkOut();
    await using session = startSession(checkout);
    for (const block of blocks) {
      if (notRunBlocks.includes(block) || lookedAt.includes(block.info)) continue;
      await session.follow(block);
    }
  });

  it("are all run but those that cannot be", () => {
    expect(notRunBlocks.map(({ text }) => text.split("\n")[0])).toEqual(
      expect.arrayContaining(Object.keys(notRun)),
    );
    expect(notRunBlocks).toHaveLength(Object.keys(notRun).length);
  });

  it("name npm scripts that exist", () => {
    const scripts = [...readme.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = ""]) => name);
    expect(scripts.length).toBeGreaterThan(0);
    expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(scripts));
  });
});

describe("the README's buf.gen.yaml", () => {
  let project: string;

  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), "readme-client-"));
    expect(await runBuf("export", "proto", "--output", join(project, "proto"))).toMatchObject({ code: 0 });
  });

  afterAll(() => {
    rmSync(project, { recursive: true, force: true });
  });

  async function generate(template: string): Promise<ReadonlyMap<string, string>> {
    const file = join(project, "buf.gen.yaml");
    writeFileSync(file, template.replaceAll("directory: proto", `directory: ${project}/proto`));
    const output = mkdtempSync(join(project, "generated-"));
    const finished = await runBuf("generate", "--template", file, "--output", output);
    expect(finished).toMatchObject({ code: 0, output: "" });
    return readTree(join(output, "gen"));
  }

  it("for TypeScript makes clients and all that they import", async () => {
    const files = await generate(blockOf("yaml typescript").text);
    expect(files.get("gitpod/v1/organization_pb.ts")).toContain("export const OrganizationService");
    expect([...files.keys()]).toContain("buf/validate/validate_pb.ts");
  });

  it("for Go and Python asks the plugins for the right files and packages", async () => {
    const standIn = join(import.meta.dirname, "stand-in-plugin.ts");
    const remote = blockOf("yaml remote").text;
    const template = remote
      .replaceAll(
        /remote: buf\.build\/(\w+)\/(\w+)/g,
        `local: ["${process.execPath}", "${standIn}", "$1-$2"]`,
      )
      .replaceAll("- proto/gitpod", `- ${project}/proto/gitpod`);
    const files = await generate(template);

    const own = ["count", "event", "group", "identity", "organization", "pagination", "user"];
    const asked = new Map<string, unknown>();
    for (const plugin of ["go/protocolbuffers-go", "go/connectrpc-go"]) {
      for (const name of own)
        asked.set(`${plugin}/gitpod/v1/${name}.proto`, { parameter: sourceRelative, goPackage });
    }
    for (const plugin of ["python/protocolbuffers-python", "python/grpc-python"]) {
      for (const name of own) asked.set(`${plugin}/gitpod/v1/${name}.proto`, { parameter: "", goPackage });
      const validate = { parameter: "", goPackage: validateGoPackage };
      asked.set(`${plugin}/buf/validate/validate.proto`, validate);
    }
    expect(new Map([...files].map(([name, text]) => [name, JSON.parse(text)]))).toEqual(asked);
  });
});

const sourceRelative = "paths=source_relative";
const goPackage = "example.com/your/module/gen/go/gitpod/v1;gitpodv1";
/** Not ours to name: Go code imports this package from its own module. */
const validateGoPackage = "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate";

describe("the README's tables", () => {
  const namesOf = (matches: (rule: Rule) => boolean): string[] =>
    endpoints.filter(({ rule }) => matches(rule)).map(({ method }) => method.name);

  it("settings: the registry's", () => {
    const [, table] = readme.split(`${tableBegin}\n`);
    expect(table?.split(`\n${tableEnd}`)[0]).toBe(renderSettingsTable());
  });

  it("who may do what: the endpoints' rules", () => {
    const rows = tableOf("| Who | Methods |").map(([, methods = ""]) => codeSpansOf(methods).toSorted());
    expect(rows).toEqual(
      [
        namesOf((rule) => rule.kind === "operator"),
        namesOf((rule) => rule.kind === "organization" && rule.role === "admin"),
        namesOf((rule) => rule.kind === "organization" && rule.role === "member"),
        namesOf((rule) => rule.kind === "own"),
        namesOf((rule) => rule.kind === "authenticated"),
      ].map((names) => names.toSorted()),
    );
    expect(rows.flat()).toHaveLength(endpoints.length);
  });

  it("a read-only token may call what begins with Get and List: what has no side effects", () => {
    // A read of what lets people in.
    const neither = "GetOrganizationInvite";
    for (const { method } of endpoints.filter((each) => each.method.name !== neither)) {
      const reads = method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
      expect(/^(?:Get|List)/.test(method.name), method.name).toBe(reads);
    }
  });

  it("errors: Connect's codes and statuses", () => {
    const rows = tableOf("| Code | HTTP | When | Retry? |");
    expect(rows.length).toBeGreaterThan(0);
    for (const [name = "", status] of rows) {
      const code = codeFromString(codeSpansOf(name)[0] ?? "");
      expect(code === undefined ? undefined : String(codeToHttpStatus(code)), name).toBe(status);
    }
  });

  it("the expression for secret scanners finds every kind of token", () => {
    const expression = new RegExp(`^${blockOf("text regex").text}$`);
    for (const kind of ["op", "pat", "scim"] as const) expect(mintToken(kind)).toMatch(expression);
    expect(
      tableOf("| Kind | Prefix | Opens | Lives |").flatMap(([, prefix = ""]) => codeSpansOf(prefix)),
    ).toEqual(["orgsvc_op_", "orgsvc_pat_", "orgsvc_scim_"]);
  });
});

describe("the README's paths", () => {
  it("exist, in links, in code and in the drawing of the tree", () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path = ""]) => path);
    const spans = codeSpansOf(readme).filter((span) => /^(?:src|test|proto|bench)\/[\w./-]*$/.test(span));
    const paths = [...links, ...spans, ...pathsOfTree(blockOf("text tree").text)];
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("in links to its own headings exist", () => {
    const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) =>
      text
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    const links = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, name = ""]) => name);
    expect(headings).toEqual(expect.arrayContaining(links));
  });

  it("LICENSE is the license that the package names", () => {
    expect(packageJson.license).toBe("Apache-2.0");
    expect(readFileSync(join(root, "LICENSE"), "utf8")).toContain("Version 2.0, January 2004");
  });
});

/** Two blanks deeper is one folder deeper. */
function pathsOfTree(text: string): readonly string[] {
  let folder = "";
  return text.split("\n").map((line) => {
    const [, indent = "", name = ""] = /^( *)(\S+)/.exec(line) ?? [];
    if (indent !== "") return folder + name;
    folder = name;
    return name;
  });
}
