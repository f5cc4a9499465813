import { expect, it } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../gen/gitpod/v1/user_pb.ts";
import { createOrganization, sqliteEnv } from "../cli/support.ts";
import { clientTo, identityOf } from "./support/clients.ts";
import { createFolder } from "./support/folder.ts";
import { type Service, startService } from "./support/service.ts";

const encryptionKey = "8f1c0de4b75a29936e80f2d7c41ab65e93d20f7c6b18e4a5d07f3296c85b1ea4";
const clientSecrets = ["s3cr3t-of-the-first-kind", "s3cr3t-of-the-second-kind"] as const;
const unknownToken = "orgsvc_pat_0123456789abcdefghijABCDEFGHIJ0123456789abcdefghi";
const path = "/gitpod.v1.OrganizationService/CreateSSOConfiguration";

it("at LOG_LEVEL=trace standard output is JSON lines, and no secret is in any of them", async () => {
  using folder = createFolder();
  const env = { ENCRYPTION_KEY: encryptionKey, LOG_LEVEL: "trace" };
  await using service = await startService({ cwd: folder.path, env });
  const operatorToken = await service.operatorToken();
  const database = { ...sqliteEnv(folder.databasePath), ENCRYPTION_KEY: encryptionKey };
  const member = await createOrganization(database, "Acme", "ada@example.com");

  const issued = await useSecrets(service, operatorToken, member.organizationId, member.userId);
  await sendSecretsWhereTheyDoNotBelong(service, operatorToken);
  await identityOf(service.port, member.token);
  const { stdout, stderr } = await service.stop();

  const lines = service.logs();
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    expect(line).toMatchObject({
      level: expect.any(String),
      time: expect.any(String),
      msg: expect.any(String),
    });
  }
  const secrets = [encryptionKey, unknownToken, member.token, operatorToken, ...clientSecrets, ...issued];
  expect(secrets.filter((secret) => stdout.includes(secret))).toEqual([]);
  expect(secrets.filter((secret) => stderr.includes(secret))).toEqual([operatorToken]);
});

/** Every method whose request or answer holds a secret. Returns the tokens. */
async function useSecrets(
  { port }: Service,
  operatorToken: string,
  organizationId: string,
  userId: string,
): Promise<string[]> {
  const organizations = clientTo(OrganizationService, port, operatorToken);
  const users = clientTo(UserService, port, operatorToken);
  const { ssoConfiguration } = await organizations.createSSOConfiguration({
    organizationId,
    clientId: "client",
    clientSecret: clientSecrets[0],
    issuerUrl: "https://idp.example.com",
  });
  const ssoConfigurationId = ssoConfiguration?.id ?? "";
  await organizations.updateSSOConfiguration({ ssoConfigurationId, clientSecret: clientSecrets[1] });
  const scim = await organizations.createSCIMConfiguration({ organizationId, ssoConfigurationId });
  const regenerated = await organizations.regenerateSCIMToken({
    scimConfigurationId: scim.scimConfiguration?.id ?? "",
  });
  const { token } = await users.createPersonalAccessToken({ userId });
  return [scim.token, regenerated.token, token];
}

async function sendSecretsWhereTheyDoNotBelong(service: Service, operatorToken: string): Promise<void> {
  const send = (target: string, init: RequestInit): Promise<Response> =>
    fetch(`http://${service.authority}${target}`, { method: "POST", ...init });
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${operatorToken}` };
  await expect(identityOf(service.port, unknownToken)).rejects.toThrow(/opens nothing/);
  const answers = [
    await send(`${path}?token=${unknownToken}`, { headers, body: "{}" }),
    await send(`/${operatorToken}`, { headers, body: "{}" }),
    await send(path, { headers: { ...headers, "X-Request-Id": operatorToken }, body: "{}" }),
    await send(path, {
      headers,
      body: `{"clientSecret": ["${clientSecrets[0]}"], "clientId": "${unknownToken}`,
    }),
    await send(path, { headers, body: `{"organizationId": "${clientSecrets[1]}"}` }),
  ];
  expect(answers.map(({ ok }) => ok)).not.toContain(true);
}
