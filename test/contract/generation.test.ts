// What is committed is what the tools make: gen/ of the protos, third_party/ of node_modules. All of it works offline.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTree, root, runBuf, runNode } from "./buf.ts";

const baseline = join(root, "proto/baseline.binpb");
let temporary: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "contract-"));
});

afterEach(() => {
  rmSync(temporary, { recursive: true, force: true });
});

describe("generated files", () => {
  it("gen/ is what buf generate makes, to the byte", async () => {
    expect(await runBuf("generate", "--output", temporary)).toMatchObject({ code: 0, output: "" });
    expect(readTree(join(temporary, "gen"))).toEqual(readTree(join(root, "gen")));
  });

  it("third_party/ is what scripts/vendor-protos.ts makes, to the byte", async () => {
    const script = join(root, "scripts/vendor-protos.ts");
    expect(await runNode(script, temporary)).toMatchObject({ code: 0, output: "" });
    expect(readTree(temporary)).toEqual(readTree(join(root, "third_party")));
  });
});

describe("the protos", () => {
  it("pass buf lint", async () => {
    expect(await runBuf("lint")).toMatchObject({ code: 0, output: "" });
  });

  it("are formatted by buf", async () => {
    expect(await runBuf("format", "--diff", "--exit-code")).toMatchObject({ code: 0, output: "" });
  });

  it("break nothing of what was published", async () => {
    expect(await runBuf("breaking", "proto", "--against", baseline)).toMatchObject({ code: 0, output: "" });
  });

  it("would be refused with a field renumbered", async () => {
    for (const path of ["buf.yaml", "proto", "third_party"]) {
      cpSync(join(root, path), join(temporary, path), { recursive: true });
    }
    const path = join(temporary, "proto/gitpod/v1/organization.proto");
    const source = readFileSync(path, "utf8");
    const changed = source.replace("bool enabled = 4;", "bool enabled = 10;");
    expect(changed).not.toBe(source);
    writeFileSync(path, changed);
    const { code, output } = await runBuf("breaking", join(temporary, "proto"), "--against", baseline);
    expect(output).toContain('field "4" with name "enabled"');
    expect(code).toBe(100);
  });
});
