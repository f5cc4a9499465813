/** R9: a backup put in the database's place is the installation as it was, for whoever has its key. */
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { clientTo, identityOf } from "../process/support/clients.ts";
import { dumpOf } from "../process/support/database.ts";
import { createFolder, type Folder } from "../process/support/folder.ts";
import { linesOf, refusedStart, type Service, startService } from "../process/support/service.ts";
import { cli, createOrganization, sqliteEnv } from "./support.ts";

/** Stop, replace the file, start: what the README says. */
function putInPlace(copy: string, { databasePath }: Folder): void {
  mkdirSync(dirname(databasePath), { recursive: true });
  for (const end of ["", "-wal", "-shm"]) rmSync(`${databasePath}${end}`, { force: true });
  copyFileSync(copy, databasePath);
}

it("after stop, replace and start the service has the state of the backup, to the last row", async ({
  annotate,
}) => {
  using folder = createFolder();
  const copy = folder.file("copy.db");
  await using service = await startService({ cwd: folder.path });
  const operatorToken = await service.operatorToken();
  const before = await createOrganization(sqliteEnv(folder.databasePath), "Before", "ada@example.com");
  const { ssoConfigurationId } = await addSsoConfiguration(service, operatorToken, before.organizationId);
  expect((await cli(["backup", copy], sqliteEnv(folder.databasePath))).code).toBe(0);
  const copied = dumpOf(copy);

  const after = await createOrganization(sqliteEnv(folder.databasePath), "After", "eve@example.com");
  await clientTo(OrganizationService, service.port, operatorToken).deleteOrganization({
    organizationId: before.organizationId,
  });
  await service.stop();
  putInPlace(copy, folder);

  await using restored = await startService({ cwd: folder.path });
  await annotate(`served again after ${Math.round(restored.readyMs)} ms`);
  expect(dumpOf(folder.databasePath)).toEqual(copied);
  expect((await identityOf(restored.port, before.token)).organizationId).toBe(before.organizationId);
  await expect(identityOf(restored.port, after.token)).rejects.toThrow(/^\[unauthenticated\]/);
  const organizations = clientTo(OrganizationService, restored.port, operatorToken);
  const { ssoConfiguration } = await organizations.getSSOConfiguration({ ssoConfigurationId });
  expect(ssoConfiguration?.clientId).toBe("client");
  await organizations.updateOrganization({ organizationId: before.organizationId, name: "Restored" });
});

it("on another machine the backup needs the key file too, and serves with it", async () => {
  using old = createFolder();
  const copy = old.file("copy.db");
  const { token, organizationId } = await createOrganization(
    sqliteEnv(old.databasePath),
    "Acme",
    "ada@example.com",
  );
  expect((await cli(["backup", copy], sqliteEnv(old.databasePath))).code).toBe(0);

  using machine = createFolder();
  putInPlace(copy, machine);
  const { code, stderr } = await refusedStart({ cwd: machine.path });
  expect(code).toBe(1);
  expect(linesOf(stderr)).toEqual([expect.stringContaining(`${machine.keyPath} is missing`)]);

  copyFileSync(old.keyPath, machine.keyPath);
  await using service = await startService({ cwd: machine.path });
  expect((await identityOf(service.port, token)).organizationId).toBe(organizationId);
});

async function addSsoConfiguration({ port }: Service, token: string, organizationId: string) {
  const { ssoConfiguration } = await clientTo(OrganizationService, port, token).createSSOConfiguration({
    organizationId,
    clientId: "client",
    clientSecret: "s3cr3t-of-the-client",
    issuerUrl: "https://idp.example.com",
  });
  return { ssoConfigurationId: ssoConfiguration?.id ?? "" };
}
