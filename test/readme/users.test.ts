// The README's program that keeps a product's users in step does so, through its own crashes and stops of the service.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { GroupService } from "../../gen/gitpod/v1/group_pb.ts";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { UserService, UserStatus } from "../../gen/gitpod/v1/user_pb.ts";
import { lastPosition } from "../rpc/support/watch.ts";
import { createWorld, type World } from "../rpc/support/world.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { blockOf } from "./markdown.ts";
import { type Checkout, checkOut, cleanEnvironment } from "./newcomer.ts";

let checkout: Checkout;
let server: TestServer;
let world: World;
let pat: string;
/** A member since the beginning: their user id. */
let colleague: string;
let program: ChildProcess | undefined;
let output = "";

beforeEach(async () => {
  checkout = checkOut();
  writeFileSync(join(checkout.folder, "users.ts"), blockOf("ts users").text);
  server = await startTestServer();
  world = await createWorld(server);
  colleague = server.person(world.admin);
  pat = await server.tokenFor(world.admin, { readOnly: true });
  output = "";
  run();
});

afterEach(async () => {
  await kill();
  await server[Symbol.asyncDispose]();
  checkout[Symbol.dispose]();
});

function run(): void {
  const env = cleanEnvironment({ URL: server.url, PAT: pat });
  const child = spawn(process.execPath, ["users.ts"], { cwd: checkout.folder, env });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  program = child;
}

/** As a crash: it gets to do nothing more. */
async function kill(): Promise<void> {
  if (program === undefined || program.exitCode !== null || program.signalCode !== null) return;
  program.kill("SIGKILL");
  await once(program, "exit");
}

function rowsOf<Row>(sql: string): readonly Row[] {
  const db = new Database(join(checkout.folder, "product.db"), { readonly: true });
  try {
    return db.prepare<[], Row>(sql).all();
  } finally {
    db.close();
  }
}

/** As in `ada@acme.example active`, in the order of the text. */
function table(): readonly string[] {
  const rows = rowsOf<{ email: string; active: number }>("SELECT email, active FROM users");
  return rows.map(({ email, active }) => `${email} ${active === 1 ? "active" : "suspended"}`).toSorted();
}

/** The program has dealt with the last change, and kept its position. */
async function expectAtEnd(): Promise<void> {
  const position = Number(await lastPosition(server, world.organizationId));
  await vi.waitFor(() => expect(rowsOf("SELECT position FROM progress")).toEqual([{ position }]), {
    timeout: 10_000,
    interval: 20,
  });
}

/** The product's table comes to be what the service has, with the people of Acme as they are given here. */
async function expectInStep(acme: readonly string[]): Promise<void> {
  const organizations = server.client(OrganizationService, { token: server.operatorToken });
  const { members } = await organizations.listMembers({ organizationId: world.organizationId });
  const expected = members.map(
    ({ email, status }) => `${email} ${status === UserStatus.ACTIVE ? "active" : "suspended"}`,
  );
  await vi.waitFor(() => expect(table(), output).toEqual(expected.toSorted()), {
    timeout: 10_000,
    interval: 20,
  });
  expect(table().filter((row) => row.includes("@acme.example"))).toEqual(acme);
}

async function scim(method: string, path: string, body: object): Promise<string> {
  const response = await fetch(`${server.url}/scim/v2${path}`, {
    method,
    headers: { Authorization: `Bearer ${world.scimToken}`, "Content-Type": "application/scim+json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return /"id":"([^"]+)"/.exec(text)?.[1] ?? "";
}

const userSchema = "urn:ietf:params:scim:schemas:core:2.0:User";
const push = (name: string) =>
  scim("POST", "/Users", {
    schemas: [userSchema],
    userName: `${name}@acme.example`,
    emails: [{ value: `${name}@acme.example`, primary: true }],
  });

const deactivate = (id: string) =>
  scim("PATCH", `/Users/${id}`, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "replace", path: "active", value: false }],
  });

/** How often the program has asked for one user. */
const readings = () => server.logs.filter((line) => line.includes("UserService/GetUser")).length;

it("has whom the organization began with, and who comes, changes and goes", { timeout: 30_000 }, async () => {
  await expectInStep([]);
  const ada = await push("ada");
  await push("grace");
  await expectInStep(["ada@acme.example active", "grace@acme.example active"]);
  await deactivate(ada);
  const users = server.client(UserService, { token: server.operatorToken });
  await users.setSuspended({ userId: colleague, suspended: true });
  await expectInStep(["ada@acme.example suspended", "grace@acme.example active"]);
  expect(table()).toContain(`${colleague}@example.com suspended`);
  await users.deleteUser({ userId: colleague });
  await expectInStep(["ada@acme.example suspended", "grace@acme.example active"]);
});

it("goes on after a crash where it was, and reads nobody again", { timeout: 30_000 }, async () => {
  await push("ada");
  await expectInStep(["ada@acme.example active"]);
  await expectAtEnd();
  await kill();
  const before = readings();
  await Promise.all(["grace", "alan", "edsger"].map(push));
  // None of the program's business.
  const groups = server.client(GroupService, { token: world.admin.token });
  await groups.createGroup({ organizationId: world.organizationId, name: "Meanwhile" });
  run();
  await expectInStep(["ada", "alan", "edsger", "grace"].map((name) => `${name}@acme.example active`));
  expect(readings() - before).toBe(3);
});
