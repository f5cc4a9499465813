// The operator's token: one that the first start made, or ADMIN_TOKEN from the environment, which overrules it.
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { tokenKindOf } from "../../src/keys/token-format.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { isAlive } from "./support/people.ts";

const newToken = () => randomBytes(32).toString("hex");

/** A start of the same installation, with its database and key, once the one before has ended. */
async function restart(server: TestServer, env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  await server.app.close({ now: true });
  return await startTestServer({ DATABASE_URL: `sqlite:${server.databasePath}`, ...env });
}

describe("the token that the first start makes", () => {
  it("is of the operator's kind and opens RPCs", async () => {
    await using server = await startTestServer();
    expect(tokenKindOf(server.operatorToken)).toBe("op");
    await server
      .client(OrganizationService, { token: server.operatorToken })
      .createOrganization({ name: "Acme" });
  });

  it("is shown by that start alone, and works after every later one", async () => {
    await using first = await startTestServer();
    await using second = await restart(first);
    expect(first.app.operatorToken).toBe(first.operatorToken);
    expect(second.app.operatorToken).toBeUndefined();
    expect(await isAlive(second, first.operatorToken)).toBe(true);
  });

  it("is not in the log", async () => {
    await using server = await startTestServer();
    await isAlive(server, server.operatorToken);
    expect(server.logs.join("")).not.toContain(server.operatorToken.slice("orgsvc_op_".length));
  });
});

describe("ADMIN_TOKEN", () => {
  it("opens RPCs, and no token is made", async () => {
    const adminToken = newToken();
    await using server = await startTestServer({ ADMIN_TOKEN: adminToken });
    expect(server.app.operatorToken).toBeUndefined();
    expect(await isAlive(server, adminToken)).toBe(true);
    await server.client(OrganizationService, { token: adminToken }).createOrganization({ name: "Acme" });
  });

  it("makes a token of an earlier start open nothing", async () => {
    await using first = await startTestServer();
    const adminToken = newToken();
    await using second = await restart(first, { ADMIN_TOKEN: adminToken });
    expect(await isAlive(second, first.operatorToken)).toBe(false);
    expect(await isAlive(second, adminToken)).toBe(true);
  });

  it("is dead as soon as a start comes without it or with another", async () => {
    const [one, other] = [newToken(), newToken()];
    await using first = await startTestServer({ ADMIN_TOKEN: one });
    await using second = await restart(first, { ADMIN_TOKEN: other });
    expect([await isAlive(second, one), await isAlive(second, other)]).toEqual([false, true]);
    await using third = await restart(second);
    expect([await isAlive(third, one), await isAlive(third, other)]).toEqual([false, false]);
    expect(third.app.operatorToken).toBeDefined();
  });

  it("opens nothing when it is only nearly right", async () => {
    const adminToken = newToken();
    await using server = await startTestServer({ ADMIN_TOKEN: adminToken });
    for (const near of [
      adminToken.slice(0, -1),
      `${adminToken}0`,
      adminToken.toUpperCase(),
      adminToken.slice(1),
    ]) {
      expect(await isAlive(server, near)).toBe(near === adminToken);
    }
  });

  it("may look like any token, also like a personal one of ours", async () => {
    const adminToken = `orgsvc_pat_${newToken()}`;
    await using server = await startTestServer({ ADMIN_TOKEN: adminToken });
    expect(await isAlive(server, adminToken)).toBe(true);
  });

  it("leaves the tokens of people as they are", async () => {
    await using server = await startTestServer({ ADMIN_TOKEN: newToken() });
    const { token } = await server.tenant();
    expect(await isAlive(server, token)).toBe(true);
  });
});
