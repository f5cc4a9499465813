/** One client: mixed mutations, one after the other, on what is its own in organizations that it shares with others. */
import { createClient } from "@connectrpc/connect";
import { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { protocols, transportTo } from "../support/clients.ts";
import type { Model } from "./model.ts";
import { createMutations, type Mutation } from "./mutations.ts";
import { pick, type Random } from "./random.ts";

/** An organization that stays, with a member whom tokens can be made for. */
export interface Home {
  readonly organizationId: string;
  readonly userId: string;
}

export interface WorkerOptions {
  readonly number: number;
  readonly round: number;
  readonly baseUrl: string;
  readonly operatorToken: string;
  readonly home: Home;
  readonly model: Model;
  readonly random: Random;
  readonly hashToken: (token: string) => string;
  readonly onAcknowledged: () => void;
}

/** Works until a call fails, and rejects with that failure. */
export async function work(options: WorkerOptions): Promise<never> {
  const { number, baseUrl, operatorToken, random } = options;
  const transport = transportTo(
    baseUrl,
    operatorToken,
    pick(() => (number / protocols.length) % 1, protocols),
  );
  const mutations = createMutations({
    organizations: createClient(OrganizationService, transport),
    users: createClient(UserService, transport),
  });
  for (let count = 0; ; count += 1) {
    const label = `r${options.round}-w${number}-${count}`;
    await perform(options, label, pick(random, choices(options, mutations, label))());
    options.onAcknowledged();
  }
}

/** Notes what is asked for before the call, and what was answered after the answer and not before. */
async function perform({ number, model, hashToken }: WorkerOptions, label: string, mutation: Mutation) {
  const { send, locate, ...asked } = mutation;
  const effect = { ...asked, worker: number, requestId: `crash-${label}` };
  model.begin(effect);
  const { id, token } = await send({ headers: { "X-Request-Id": effect.requestId } });
  const hash = token === undefined ? undefined : hashToken(token);
  const subjectId = effect.subjectId ?? id ?? `the one with the hash ${hash}`;
  model.acknowledge(effect, subjectId, hash === undefined ? {} : { tokenHash: hash });
  if (token !== undefined) model.tokens.set(subjectId, token);
  if (locate === undefined) return;
  const located = await locate();
  if (located === undefined) throw new Error(`not listed although it was acknowledged: ${label}`);
  model.rename(subjectId, located);
}

const organizationsMax = 3;
const configurationsMax = 5;
const tokensMax = 4;

/** What can be done now; what is there more often is done more often. */
function choices(
  { model, number, random, home }: WorkerOptions,
  mutations: ReturnType<typeof createMutations>,
  label: string,
): (() => Mutation)[] {
  const organizations = model.of(number, "organization");
  const ssos = model.of(number, "sso_configuration");
  const scims = model.of(number, "scim_configuration");
  const tokens = model.of(number, "personal_access_token");
  const linked = new Set(scims.map(([, { fields }]) => fields.ssoConfigurationId));
  const free = ssos.filter(([id]) => !linked.has(id));
  const places = [home.organizationId, ...organizations.map(([id]) => id)];
  const offers: readonly (readonly [weight: number, possible: boolean, make: () => Mutation])[] = [
    [3, organizations.length < organizationsMax, () => mutations.createOrganization(label)],
    [3, organizations.length > 0, () => mutations.updateOrganization(label, pick(random, organizations))],
    [2, organizations.length > 0, () => mutations.deleteOrganization(pick(random, organizations))],
    [4, ssos.length < configurationsMax, () => mutations.createSso(label, pick(random, places))],
    [4, ssos.length > 0, () => mutations.updateSso(label, pick(random, ssos))],
    [2, free.length > 0, () => mutations.deleteSso(pick(random, free))],
    [
      4,
      ssos.length > 0 && scims.length < configurationsMax,
      () => mutations.createScim(label, pick(random, ssos)),
    ],
    [3, scims.length > 0, () => mutations.updateScim(label, pick(random, scims))],
    [4, scims.length > 0, () => mutations.regenerateScimToken(pick(random, scims))],
    [2, scims.length > 0, () => mutations.deleteScim(pick(random, scims))],
    [3, tokens.length < tokensMax, () => mutations.createToken(label, home.organizationId, home.userId)],
    [2, tokens.length > 0, () => mutations.deleteToken(pick(random, tokens))],
  ];
  return offers.flatMap(([weight, possible, make]) =>
    possible ? Array.from({ length: weight }, () => make) : [],
  );
}
