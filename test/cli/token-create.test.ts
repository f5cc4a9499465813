import { expect, it } from "vitest";
import { IdentityService } from "../../gen/gitpod/v1/identity_pb.ts";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../gen/gitpod/v1/user_pb.ts";
import { createFolder } from "../process/support/folder.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Answer, cli, createOrganization, sqliteEnv } from "./support.ts";

const dayMs = 24 * 60 * 60 * 1000;
const adminToken = "vFq8Zp3kXw7Rb2Nc9Tj4Hm6Ld1Gs5Yt0";

function tokenCreate(server: TestServer, ...args: readonly string[]): Promise<Answer> {
  return cli(["token", "create", ...args], sqliteEnv(server.databasePath));
}

async function withMember(email: string) {
  const server = await startTestServer();
  const member = await createOrganization(sqliteEnv(server.databasePath), "Acme", email);
  return { server, member, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

it("it prints a token alone on standard output, for the member with that email in any letter case", async () => {
  await using test = await withMember("Ada.Lovelace@Example.com");
  const { server, member } = test;
  for (const email of ["Ada.Lovelace@Example.com", "ada.lovelace@example.COM"]) {
    const { code, out, err } = await tokenCreate(
      server,
      "--organization",
      member.organizationId,
      "--email",
      email,
    );
    expect({ code, lines: out.length }).toEqual({ code: 0, lines: 1 });
    expect(err).toEqual([expect.stringMatching(/^valid until 20\S+Z; it is not shown again$/)]);
    const { user } = await server.client(UserService, { token: out[0] }).getAuthenticatedUser({});
    expect(user?.id).toBe(member.userId);
  }
});

it("a token with --read-only reads and changes nothing", async () => {
  await using test = await withMember("ada@example.com");
  const { organizationId } = test.member;
  const { out } = await tokenCreate(
    test.server,
    "--organization",
    organizationId,
    "--email",
    "ada@example.com",
    "--read-only",
  );
  const organizations = test.server.client(OrganizationService, { token: out[0] });
  expect((await organizations.getOrganization({ organizationId })).organization?.name).toBe("Acme");
  await expect(organizations.updateOrganization({ organizationId, name: "Other" })).rejects.toThrow(
    /^\[permission_denied\]/,
  );
});

it.each([
  { args: [], days: 30 },
  { args: ["--valid-for-days", "1"], days: 1 },
  { args: ["--valid-for-days", "90"], days: 90 },
])(
  "with $args the token is valid for $days days, and is listed with its description",
  async ({ args, days }) => {
    await using test = await withMember("ada@example.com");
    const { organizationId } = test.member;
    const startMs = Date.now();
    const { out, err } = await tokenCreate(
      test.server,
      "--organization",
      organizationId,
      "--email",
      "ada@example.com",
      "--description",
      "nightly sync",
      ...args,
    );
    const endMs = Date.now();
    const expiresMs = Date.parse(/valid until (\S+);/.exec(err[0] ?? "")?.[1] ?? "");
    expect(expiresMs).toBeGreaterThanOrEqual(startMs + days * dayMs);
    expect(expiresMs).toBeLessThanOrEqual(endMs + days * dayMs);
    const listed = await test.server.client(UserService, { token: out[0] }).listPersonalAccessTokens({});
    const created = listed.personalAccessTokens.find(({ description }) => description === "nightly sync");
    expect(Number(created?.expiresAt?.seconds) * 1000 + Number(created?.expiresAt?.nanos) / 1e6).toBe(
      expiresMs,
    );
  },
);

it.each(["0", "91", "-1", "1.5", "", "ten", "1e1", "9007199254740993"])(
  "--valid-for-days %j is refused, together with what else is wrong",
  async (days) => {
    using folder = createFolder();
    const args = ["token", "create", "--organization", "acme", `--valid-for-days=${days}`];
    const { code, out, err } = await cli(args, sqliteEnv(folder.databasePath));
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err).toEqual([
      expect.stringMatching(/^--organization: give the organization's id, a UUID/),
      "--email: give the member's email address",
      "--valid-for-days: give a whole number from 1 to 90",
    ]);
  },
);

it("an unknown member, an unknown organization and a suspended member are refused in the same one line", async () => {
  await using test = await withMember("ada@example.com");
  const { server, member } = test;
  const refused = {
    code: 1,
    out: [],
    err: ["that organization has no active member with that email: check --organization and --email"],
  };
  const ask = (organization: string, email: string) =>
    tokenCreate(server, "--organization", organization, "--email", email);
  expect(await ask(member.organizationId, "eve@example.com")).toEqual(refused);
  expect(await ask("01890a5d-ac96-774b-bcce-b302099a8057", "ada@example.com")).toEqual(refused);
  server.sql("UPDATE members SET status = 'suspended' WHERE user_id = ?", member.userId);
  expect(await ask(member.organizationId, "ada@example.com")).toEqual(refused);
});

it("a new operator token works on the running server at once, and the old one opens nothing any more", async () => {
  await using server = await startTestServer();
  const identity = (token: string) => server.client(IdentityService, { token }).getAuthenticatedIdentity({});
  await identity(server.operatorToken);
  const { code, out, err } = await tokenCreate(server, "--operator");
  expect({ code, lines: out.length }).toEqual({ code: 0, lines: 1 });
  expect(err).toEqual([
    "the operator token: it is not shown again, and the previous one opens nothing any more",
  ]);
  await identity(out[0] ?? "");
  await expect(identity(server.operatorToken)).rejects.toThrow(/^\[unauthenticated\]/);
});

it("while ADMIN_TOKEN is set, --operator is refused and leaves the token in the database alone", async () => {
  await using server = await startTestServer();
  const env = { ...sqliteEnv(server.databasePath), ADMIN_TOKEN: adminToken };
  expect(await cli(["token", "create", "--operator"], env)).toEqual({
    code: 2,
    out: [],
    err: ["ADMIN_TOKEN is the operator token while it is set: change it there"],
  });
  await server.client(IdentityService, { token: server.operatorToken }).getAuthenticatedIdentity({});
});

it.each([
  ["--read-only"],
  ["--valid-for-days", "1"],
  ["--description", "for the pipeline"],
  ["--email", "ada@example.com"],
  ["--organization", "01890a5d-ac96-774b-bcce-b302099a8057"],
])("--operator does not go with %s, which it would not keep to", async (...args) => {
  await using server = await startTestServer();
  const { code, out, err } = await tokenCreate(server, "--operator", ...args);
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(err).toEqual([expect.stringMatching(/^--operator goes alone/)]);
  await server.client(IdentityService, { token: server.operatorToken }).getAuthenticatedIdentity({});
});
