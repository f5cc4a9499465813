/** Kills the service at work, again and again on the same file, and looks each time at what is left. */
import { readFileSync } from "node:fs";
import { createClient } from "@connectrpc/connect";
import { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { createKeyring, type Keyring } from "../../../src/keys/keyring.ts";
import { createOrganization, sqliteEnv } from "../../cli/support.ts";
import { createScimClient, type ScimClient } from "../../scim-http/support/client.ts";
import { numberAt } from "../../scim-http/support/json.ts";
import { identityOf, transportTo } from "../support/clients.ts";
import { hasLogFiles, withDatabase } from "../support/database.ts";
import { createFolder, type Folder } from "../support/folder.ts";
import type { Ended } from "../support/process.ts";
import { type Service, startService } from "../support/service.ts";
import { type Findings, inspect } from "./inspect.ts";
import { type Kind, Model } from "./model.ts";
import { between, createRandom, pick, type Random } from "./random.ts";
import { readState } from "./state.ts";
import { type Home, work } from "./worker.ts";

export interface Round {
  readonly killedAfterMs: number;
  readonly acknowledged: number;
  readonly findings: Findings;
  /** What the service, started again, answers otherwise than the model says. */
  readonly answers: readonly string[];
  readonly readyMs: number;
}

export interface Report {
  readonly rounds: readonly Round[];
  /** Calls that failed while nobody had killed anything. */
  readonly unexpected: readonly string[];
  /** The kinds of change that were acknowledged, as `updated organization`, and `bulk` when a request asked for several. */
  readonly changes: ReadonlySet<string>;
  readonly end: { readonly ended: Ended; readonly clean: boolean; readonly findings: Findings };
}

interface Setting {
  readonly folder: Folder;
  readonly operatorToken: string;
  readonly homes: readonly Home[];
  readonly keyring: Keyring;
  readonly model: Model;
  readonly random: Random;
  readonly unexpected: string[];
}

const workers = 16;
const homes = 4;
/** From then on the clock runs to the kill: clients and service have met, and are in the midst of it. */
export const underWayAfter = 200;
/** The clients are one address, and dead tokens are presented on purpose. Nobody is slowed down. */
const env = {
  RATE_FAILED_AUTH_PER_IP: "0",
  RATE_PER_TOKEN: "0",
  RATE_PER_ORGANIZATION: "0",
  SOCKETS_PER_IP_MAX: "1000",
};

export async function killAgainAndAgain(rounds: number, seed: number): Promise<Report> {
  using folder = createFolder();
  const done: Round[] = [];
  let service = await startService({ cwd: folder.path, env });
  try {
    const setting = await settle(folder, service, createRandom(seed));
    for (let round = 1; round <= rounds; round += 1) {
      const { killedAfterMs, acknowledged } = await workUntilKilled(setting, service, round);
      service = await startService({ cwd: folder.path, env });
      const findings = inspect(folder.databasePath, setting.keyring, setting.model);
      const answers = await ask(setting, service);
      done.push({ killedAfterMs, acknowledged, findings, answers, readyMs: service.readyMs });
    }
    const ended = await service.stop();
    const clean = !hasLogFiles(folder.databasePath);
    const findings = inspect(folder.databasePath, setting.keyring, setting.model);
    const changes = new Set(
      [...setting.model.acknowledged.values()].flatMap(({ action, kind, key, requestId }) =>
        key === requestId ? [`${action} ${kind}`] : [`${action} ${kind}`, "bulk"],
      ),
    );
    return { rounds: done, unexpected: setting.unexpected, changes, end: { ended, clean, findings } };
  } finally {
    await service[Symbol.asyncDispose]();
  }
}

/** A few organizations with a member each, which no RPC of this version makes. */
async function settle(folder: Folder, service: Service, random: Random): Promise<Setting> {
  const model = new Model();
  const made: Home[] = [];
  for (let number = 0; number < homes; number += 1) {
    made.push(await createOrganization(sqliteEnv(folder.databasePath), `Home ${number}`, "ada@example.com"));
  }
  const keyring = createKeyring(Buffer.from(readFileSync(folder.keyPath, "utf8").trim(), "base64"));
  const { rows } = withDatabase(folder.databasePath, (db) => readState(db, keyring));
  for (const { id, ...row } of rows.values()) model.resources.set(id, { ...row, worker: undefined });
  const operatorToken = await service.operatorToken();
  return { folder, operatorToken, homes: made, keyring, model, random, unexpected: [] };
}

async function workUntilKilled(setting: Setting, service: Service, round: number) {
  const { model, random, keyring, operatorToken, unexpected } = setting;
  const before = model.acknowledged.size;
  const killedAfterMs = between(random, 50, 300);
  const { promise: underWay, resolve } = Promise.withResolvers<void>();
  const onAcknowledged = (): void => {
    if (model.acknowledged.size >= before + underWayAfter) resolve();
  };
  let killed = false;
  const all = Array.from({ length: workers }, async (_, number) => {
    const hashToken = (token: string): string => keyring.hashToken(token).toString("hex");
    const home = pick(() => number / workers, setting.homes);
    const baseUrl = `http://${service.authority}`;
    try {
      await work({
        ...{ number, round, baseUrl, operatorToken, home, model, hashToken, onAcknowledged },
        random: createRandom(random() * 2 ** 32),
      });
    } catch (error) {
      if (!killed) unexpected.push(`worker ${number} in round ${round}: ${String(error)}`);
    }
  });
  await Promise.race([underWay, Promise.all(all)]);
  // The moment is the test: there is no event to wait for.
  await new Promise((resolve) => setTimeout(resolve, killedAfterMs));
  killed = true;
  service.signal("SIGKILL");
  await service.ended;
  await Promise.all(all);
  return { killedAfterMs, acknowledged: model.acknowledged.size - before };
}

/** The service's own word on all that the model knows. */
async function ask(setting: Setting, service: Service) {
  const { model, operatorToken, homes: known } = setting;
  const client = createClient(OrganizationService, transportTo(`http://${service.authority}`, operatorToken));
  const pagination = { pageSize: 100 };
  const idsOf = (wanted: Kind, of: string): string[] =>
    [...model.resources]
      .filter(([, one]) => one.kind === wanted && one.organizationId === of)
      .map(([id]) => id);
  const wrong: string[] = [];
  for (const [organizationId, { kind, fields }] of model.resources) {
    if (kind !== "organization") continue;
    const { organization } = await client.getOrganization({ organizationId });
    const { ssoConfigurations } = await client.listSSOConfigurations({ organizationId, pagination });
    const { scimConfigurations } = await client.listSCIMConfigurations({ organizationId, pagination });
    const answered = [
      organization?.name,
      ...[...ssoConfigurations, ...scimConfigurations].map(({ id }) => id).toSorted(),
    ];
    const expected = [
      ...idsOf("sso_configuration", organizationId),
      ...idsOf("scim_configuration", organizationId),
    ];
    const both = [answered.join(), [fields.name, ...expected.toSorted()].join()];
    if (both[0] !== both[1]) wrong.push(`${organizationId}: ${both.join(" and not ")}`);
  }
  return [...wrong, ...(await askTokens(model, service, known)), ...(await askDirectories(setting, service))];
}

/** An acknowledged token opens its organization, and an acknowledged deletion closed it for good. */
async function askTokens(model: Model, { port }: Service, known: readonly Home[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const [id, token] of model.tokens) {
    if (!token.startsWith("orgsvc_pat_")) continue;
    const opens = await identityOf(port, token).then(
      ({ organizationId }) => known.some((home) => home.organizationId === organizationId),
      () => false,
    );
    if (opens !== model.resources.has(id)) wrong.push(`token ${id}: ${opens ? "opens" : "does not open"}`);
  }
  return wrong;
}

/** SCIM's word on each directory whose token was answered at any time. One that is disabled would log that it was asked. */
async function askDirectories({ model, keyring }: Setting, { authority }: Service): Promise<string[]> {
  const wrong: string[] = [];
  for (const [id, token] of model.tokens) {
    if (!token.startsWith("orgsvc_scim_")) continue;
    const configuration = model.resources.get(id)?.fields;
    const isLive = configuration?.tokenHash === keyring.hashToken(token).toString("hex");
    if (isLive && configuration.enabled !== "1") continue;
    const scim = createScimClient(`http://${authority}/scim/v2`, token);
    const { status } = await scim.get("/Users?count=0");
    const expected = isLive ? 200 : 401;
    if (status !== expected) wrong.push(`SCIM token of ${id}: ${status}, not ${expected}`);
    else if (status === 200) wrong.push(...(await askTotals(scim, model, id)));
  }
  return wrong;
}

async function askTotals(scim: ScimClient, model: Model, configurationId: string): Promise<string[]> {
  const wrong: string[] = [];
  const here = [...model.resources.values()].filter(
    ({ fields }) => fields.configurationId === configurationId,
  );
  for (const [path, kind] of [
    ["/Users", "user"],
    ["/Groups", "group"],
  ]) {
    const total = numberAt((await scim.get(`${path}?count=0`)).json, "totalResults");
    const expected = here.filter((one) => one.kind === kind).length;
    if (total !== expected) wrong.push(`${configurationId}: ${total} at ${path}, not ${expected}`);
  }
  return wrong;
}
