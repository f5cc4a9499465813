/** Several instances over one database: what one does, the others know at the next request. */
import { describe, expect, it } from "vitest";
import { issueOperatorToken, WrongKeyError } from "../../src/domain/installation.ts";
import type { ScimConfiguration } from "../../src/storage/records.ts";
import { ManualClock } from "../support/clock.ts";
import { postgresServer, type TestDatabase } from "../support/storage-postgres.ts";
import { newAudit, newMember, newOrganization } from "../support/storage-records.ts";
import { type Answer, adminToken, type Instance, startInstance, textAt } from "./support/instances.ts";

const server = postgresServer();

interface Pair extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly one: Instance;
  readonly two: Instance;
  /** Of both. */
  readonly clock: ManualClock;
}

async function startPair(env: Readonly<Record<string, string>> = {}): Promise<Pair> {
  await using resources = new AsyncDisposableStack();
  const database = await server.emptyDatabase();
  const clock = new ManualClock();
  const starting = [1, 2].map(() => startInstance(database.url, clock, env));
  for (const { status } of await Promise.allSettled(starting)) expect(status).toBe("fulfilled");
  const [one, two] = await Promise.all(starting);
  if (one === undefined || two === undefined) throw new Error("two were started");
  resources.use(one);
  resources.use(two);
  const kept = resources.move();
  return { database, one, two, clock, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

interface Person {
  readonly organizationId: string;
  readonly userId: string;
  readonly token: string;
}

/** An organization with an admin, made past RPC on one instance, and a token that the operator made on it. */
async function createPerson({ app, call }: Instance): Promise<Person> {
  const organization = newOrganization();
  const member = newMember(organization.id);
  await app.context.storage.organizations.create(organization, member, newAudit());
  const body = { userId: member.userId, description: "a token" };
  const created = await call("UserService/CreatePersonalAccessToken", body, { token: adminToken });
  return { organizationId: organization.id, userId: member.userId, token: textAt(created, "token") };
}

function whoAmI({ call }: Instance, token: string | undefined): Promise<Answer> {
  return call("IdentityService/GetAuthenticatedIdentity", {}, { token });
}

async function createScim({ call }: Instance, { organizationId, token }: Person): Promise<Answer> {
  const sso = await call(
    "OrganizationService/CreateSSOConfiguration",
    { organizationId, clientId: "client", clientSecret: "secret", issuerUrl: "https://issuer.example" },
    { token },
  );
  const ssoConfigurationId = textAt(sso, "ssoConfiguration.id");
  return await call(
    "OrganizationService/CreateSCIMConfiguration",
    { organizationId, ssoConfigurationId },
    { token },
  );
}

/** What a SCIM token opens on an instance. */
function openedBy({ app }: Instance, token: string): Promise<ScimConfiguration | undefined> {
  const { storage, keyring } = app.context;
  return storage.credentials.findScimConfiguration(keyring.hashToken(token));
}

describe("what happens on one instance holds on the other at the next request", () => {
  it("a token is created, used and deleted", async () => {
    await using pair = await startPair();
    const { one, two } = pair;
    const { token } = await createPerson(one);
    expect((await whoAmI(two, token)).status).toBe(200);
    const list = await two.call("UserService/ListPersonalAccessTokens", {}, { token });
    const personalAccessTokenId = /"id":"([^"]+)"/.exec(list.text)?.[1];
    const deleted = await one.call(
      "UserService/DeletePersonalAccessToken",
      { personalAccessTokenId },
      { token },
    );
    expect(deleted.status).toBe(200);
    expect((await whoAmI(two, token)).status).toBe(401);
    expect((await whoAmI(one, token)).status).toBe(401);
  });

  it("a member is suspended, comes back, and leaves", async () => {
    await using pair = await startPair();
    const { one, two, database } = pair;
    const { token, userId } = await createPerson(one);
    for (const [status, answer] of [
      ["suspended", 401],
      ["active", 200],
      ["left", 401],
    ] as const) {
      expect((await whoAmI(two, token)).status).not.toBe(answer);
      await database.execute("UPDATE members SET status = ? WHERE user_id = ?", status, userId);
      expect((await whoAmI(two, token)).status).toBe(answer);
    }
  });

  it("a SCIM token is regenerated", async () => {
    await using pair = await startPair();
    const { one, two } = pair;
    const person = await createPerson(one);
    const created = await createScim(one, person);
    const scimConfigurationId = textAt(created, "scimConfiguration.id");
    let token = textAt(created, "token");
    for (const [here, there] of [
      [one, two],
      [two, one],
    ] as const) {
      expect(await openedBy(there, token)).toMatchObject({ id: scimConfigurationId });
      const regenerated = await here.call(
        "OrganizationService/RegenerateSCIMToken",
        { scimConfigurationId },
        { token: person.token },
      );
      expect(await openedBy(there, token)).toBeUndefined();
      token = textAt(regenerated, "token");
      expect(await openedBy(there, token)).toMatchObject({ id: scimConfigurationId });
    }
  });

  it("a SCIM configuration is disabled, and deleted", async () => {
    await using pair = await startPair();
    const { one, two } = pair;
    const person = await createPerson(one);
    const { token } = person;
    const created = await createScim(one, person);
    const scimConfigurationId = textAt(created, "scimConfiguration.id");
    const scimToken = textAt(created, "token");
    const get = () =>
      two.call("OrganizationService/GetSCIMConfiguration", { scimConfigurationId }, { token });
    expect((await get()).body).toMatchObject({ scimConfiguration: { enabled: true } });
    const disable = { scimConfigurationId, enabled: false };
    await one.call("OrganizationService/UpdateSCIMConfiguration", disable, { token });
    expect((await get()).text).not.toContain('"enabled":true');
    expect(await openedBy(two, scimToken)).toMatchObject({ enabled: false });
    await one.call("OrganizationService/DeleteSCIMConfiguration", { scimConfigurationId }, { token });
    expect((await get()).status).toBe(404);
    expect(await openedBy(two, scimToken)).toBeUndefined();
  });

  it("an organization is deleted, with every token in it", async () => {
    await using pair = await startPair();
    const { one, two } = pair;
    const { organizationId, token } = await createPerson(one);
    expect((await whoAmI(two, token)).status).toBe(200);
    await one.call("OrganizationService/DeleteOrganization", { organizationId }, { token });
    expect((await whoAmI(two, token)).status).toBe(401);
    const get = await two.call(
      "OrganizationService/GetOrganization",
      { organizationId },
      { token: adminToken },
    );
    expect(get.status).toBe(404);
  });

  it("a list's next page is the other's to give", async () => {
    await using pair = await startPair();
    const { one, two, clock } = pair;
    const { userId, token } = await createPerson(one);
    for (const description of ["second", "third"]) {
      // Within a millisecond only one instance knows the order of what it makes.
      clock.advance(1);
      await two.call("UserService/CreatePersonalAccessToken", { userId, description }, { token });
    }
    const described: string[] = [];
    let next = "";
    for (const instance of [one, two, one]) {
      const pagination = { pageSize: 1, token: next };
      const page = await instance.call("UserService/ListPersonalAccessTokens", { pagination }, { token });
      described.push(/"description":"([^"]+)"/.exec(page.text)?.[1] ?? "");
      next = /"nextToken":"([^"]+)"/.exec(page.text)?.[1] ?? "";
    }
    expect(described).toEqual(["a token", "second", "third"]);
  });
});

describe("an installation of several instances", () => {
  it("that start at once has one operator, and one of them shows the token", async () => {
    await using pair = await startPair({ ADMIN_TOKEN: "" });
    const { one, two } = pair;
    const shown = [one.app.operatorToken, two.app.operatorToken].filter((token) => token !== undefined);
    expect(shown).toHaveLength(1);
    const answers = await Promise.all([one, two].map((instance) => whoAmI(instance, shown[0])));
    expect(answers[0]?.status).toBe(200);
    expect(answers[1]?.text).toBe(answers[0]?.text);
  });

  it("replaces the operator token on all of them", async () => {
    await using pair = await startPair({ ADMIN_TOKEN: "" });
    const { one, two } = pair;
    const previous = one.app.operatorToken ?? two.app.operatorToken;
    expect((await whoAmI(two, previous)).status).toBe(200);
    const next = await issueOperatorToken(one.app.context, { replace: true });
    expect((await whoAmI(two, previous)).status).toBe(401);
    expect((await whoAmI(two, next)).status).toBe(200);
  });

  it("refuses an instance with another key", async () => {
    await using pair = await startPair();
    const env = { ENCRYPTION_KEY: "17c9d2e0a45b8f6631d0e7c2b98a4f5d20c6e1739b84fa5d6e02c7318d9ab4f5" };
    await expect(startInstance(pair.database.url, undefined, env)).rejects.toThrow(WrongKeyError);
  });
});
