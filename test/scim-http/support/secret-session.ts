/** A session with tokens and passwords where they belong and where they do not. */
import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { mintToken } from "../../../src/keys/token-format.ts";
import type { ScimAnswer, ScimClient } from "./client.ts";
import { createDirectory, type Directory } from "./directory.ts";
import type { Service } from "./management.ts";
import {
  type Misplaced,
  misplacedBodies,
  misplacedHeaders,
  misplacedPaths,
  misplacedQueries,
  misplacedSearches,
  passwords,
  type Subject,
} from "./misplaced.ts";
import { createGroup, createUser, fullUser, group } from "./resources.ts";

export interface SecretSession {
  /** By name, every secret that was in use. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Every answer of SCIM: its status, and its body and headers as one text. */
  readonly answers: readonly { readonly status: number; readonly text: string }[];
}

/** The last request of all has this id. */
export const lastRequestId = "the-last-request";

/** @param defect makes the service fail on what it should not fail on while `body` runs */
export async function playSecretSession(
  service: Service,
  defect: (body: () => Promise<void>) => Promise<void>,
): Promise<SecretSession> {
  const secrets = new Map<string, string>();
  const answers: { readonly status: number; readonly text: string }[] = [];
  const directory = await createDirectory(service);
  const { scim } = directory;
  const sibling = await directory.sibling();
  const userId = await createUser(scim, fullUser("ada"));
  const subject = { userId, groupId: await createGroup(scim, group("Engineers", [userId])) };

  async function note(answer: Promise<ScimAnswer>): Promise<void> {
    const { status, text, headers } = await answer;
    answers.push({ status, text: `${text}\n${JSON.stringify([...headers])}` });
  }
  async function sendAll(client: ScimClient, requests: readonly Misplaced[]): Promise<void> {
    for (const { method, path, ...request } of requests) await note(client.send(method, path, request));
  }
  function useSecret(name: string, secret: string): string {
    secrets.set(name, secret);
    return secret;
  }

  useSecret("operator token", service.operatorToken);
  useSecret("SCIM token", directory.token);
  useSecret("SCIM token of another configuration", sibling.token);
  useSecret("SCIM token after its replacement", await replaceToken(sibling));
  for (const name of ["first", "second"]) {
    await sendAll(scim, passwords(useSecret(`${name} password`, newSecret()), subject, name));
  }
  const unknown = useSecret("token that was never issued", mintToken("scim"));
  for (const token of [unknown, sibling.token, service.operatorToken]) {
    await sendAll(scim, everywhere(token, subject));
    await sendAll(scim.as(undefined), [...misplacedPaths(token), ...misplacedQueries(token)]);
    await note(scim.as(token).get("/Users"));
  }
  await defect(async () => {
    const secret = useSecret("text of a request that failed on a defect", newSecret());
    const user = fullUser(`defect-${secret}`, { title: secret, password: secret });
    await note(scim.post("/Users", user));
    await note(scim.put(`/Users/${userId}`, user));
    await note(scim.filter("/Users", `userName eq "${secret}" or title co "${secret}"`));
  });
  await scim.get("/Users?count=0", { "X-Request-Id": lastRequestId });
  return { secrets, answers };
}

function everywhere(secret: string, subject: Subject): readonly Misplaced[] {
  return [
    ...misplacedPaths(secret),
    ...misplacedQueries(secret),
    ...misplacedSearches(secret),
    ...misplacedHeaders(secret),
    ...misplacedBodies(secret, subject),
  ];
}

/** The new token opens the directory, and the old one no longer does. */
async function replaceToken({ management, configurationId, scim }: Directory): Promise<string> {
  const request = { scimConfigurationId: configurationId };
  const { token } = await management.organizations.regenerateSCIMToken(request);
  expect((await scim.get("/Users")).status).toBe(401);
  expect((await scim.as(token).get("/Users")).status).toBe(200);
  return token;
}

function newSecret(): string {
  return randomBytes(24).toString("hex");
}
