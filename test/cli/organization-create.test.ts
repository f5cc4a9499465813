import { statSync } from "node:fs";
import { expect, it } from "vitest";
import { IdentityService } from "../../gen/gitpod/v1/identity_pb.ts";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../gen/gitpod/v1/user_pb.ts";
import { parseId } from "../../src/base/ids.ts";
import { createFolder } from "../process/support/folder.ts";
import { startTestServer } from "../support/server.ts";
import { cli, createOrganization, sqliteEnv } from "./support.ts";

const ada = ["organization", "create", "--name", "Acme", "--admin-email", "ada@example.com"] as const;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

it("it prints the ids and a token that works on the running server at once, as an admin's", async () => {
  await using server = await startTestServer();
  const created = await createOrganization(sqliteEnv(server.databasePath), "Acme", "ada@example.com");
  expect(created.organizationId).toMatch(uuid);
  const client = { token: created.token };
  const identity = await server.client(IdentityService, client).getAuthenticatedIdentity({});
  expect(identity.organizationId).toBe(created.organizationId);
  expect(identity.subject?.id).toBe(created.userId);
  const { user } = await server.client(UserService, client).getAuthenticatedUser({});
  expect(user?.email).toBe("ada@example.com");
  const { organization } = await server
    .client(OrganizationService, client)
    .updateOrganization({ organizationId: created.organizationId, name: "Acme Corporation" });
  expect(organization?.name).toBe("Acme Corporation");
});

it("the call that it prints reaches the server that PORT names", async () => {
  await using server = await startTestServer();
  const env = { ...sqliteEnv(server.databasePath), PORT: String(server.app.port) };
  const { out } = await cli(ada, env);
  const url = out.find((line) => line.startsWith("curl "))?.split(" ")[1] ?? "";
  const header = /-H 'Authorization: ([^']+)'/.exec(out.at(-1) ?? "")?.[1] ?? "";
  const headers = { Authorization: header, "Content-Type": "application/json" };
  const res = await fetch(url, { method: "POST", headers, body: "{}" });
  expect(await res.json()).toMatchObject({ subject: { principal: "PRINCIPAL_USER" } });
});

it("the event says that the command line did it, in the operator's name", async () => {
  await using server = await startTestServer();
  const created = await createOrganization(sqliteEnv(server.databasePath), "Acme", "ada@example.com");
  const { events } = server.app.context.storage;
  const list = await events.list(parseId(created.organizationId), 0, 10);
  expect(
    list.map(({ action, subjectType, actorPrincipal, requestId }) => ({
      action,
      subjectType,
      actorPrincipal,
      requestId,
    })),
  ).toEqual([
    { action: "created", subjectType: "organization", actorPrincipal: "operator", requestId: "command-line" },
    {
      action: "created",
      subjectType: "personal_access_token",
      actorPrincipal: "operator",
      requestId: "command-line",
    },
  ]);
});

it("on a fresh folder it makes the database and the key file, and tells of the key file", async () => {
  using folder = createFolder();
  const { code, err } = await cli(ada, sqliteEnv(folder.databasePath));
  expect(code).toBe(0);
  expect(err).toEqual([
    `made ${folder.keyPath}: back it up apart from the database, which cannot be read without it`,
  ]);
  expect(statSync(folder.keyPath).mode & 0o777).toBe(0o600);
  const second = await cli(ada, sqliteEnv(folder.databasePath));
  expect({ code: second.code, err: second.err }).toEqual({ code: 0, err: [] });
});

it.each([
  { args: [], problems: [/^--name: give 3 characters or more/, /^--admin-email: give an email address/] },
  { args: ["--name", "ab", "--admin-email", "ada"], problems: [/^--name: /, /^--admin-email: /] },
  { args: ["--name", "🙂🙂", "--admin-email", "ada@example.com"], problems: [/^--name: /] },
  { args: ["--name", "Acme", "--admin-email", "a b@example.com"], problems: [/^--admin-email: /] },
  {
    args: ["--name", "Acme", "--admin-email", `${"a".repeat(250)}@example.com`],
    problems: [/^--admin-email: /],
  },
])("$args is refused with every problem and exit code 2, and makes nothing", async ({ args, problems }) => {
  using folder = createFolder();
  const { code, out, err } = await cli(["organization", "create", ...args], sqliteEnv(folder.databasePath));
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(err).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  expect(() => statSync(folder.databasePath)).toThrow(/ENOENT/);
});

it("a name of three characters is enough, also outside of ASCII, and is kept as it is", async () => {
  await using server = await startTestServer();
  const { organizationId } = await createOrganization(
    sqliteEnv(server.databasePath),
    "日本語",
    "ä@example.com",
  );
  const { organization } = await server
    .client(OrganizationService, { token: server.operatorToken })
    .getOrganization({ organizationId });
  expect(organization?.name).toBe("日本語");
});
