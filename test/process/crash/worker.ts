/** One client: mixed mutations, one after the other, on what is its own in organizations that it shares with others. */
import { createClient } from "@connectrpc/connect";
import { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { protocols, transportTo } from "../support/clients.ts";
import { type Model, membersIn } from "./model.ts";
import { createMutations, type ManyMutations, type Mutation, type Target } from "./mutations.ts";
import { pick, type Random } from "./random.ts";
import { createScimMutations, type Directory } from "./scim-mutations.ts";

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
    const offers = [...rpcOffers(options, mutations, label), ...scimOffers(options, label)];
    const chosen = pick(random, weighted(offers))();
    if ("asked" in chosen) await performMany(options, label, chosen);
    else await perform(options, label, chosen);
    options.onAcknowledged();
  }
}

/** Notes what is asked for before the call, and what was answered after the answer and not before. */
async function perform({ number, model, hashToken }: WorkerOptions, label: string, mutation: Mutation) {
  const { send, locate, ...asked } = mutation;
  const requestId = `crash-${label}`;
  const effect = { ...asked, worker: number, key: requestId, requestId };
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

async function performMany({ number, model }: WorkerOptions, label: string, { asked, send }: ManyMutations) {
  const requestId = `crash-${label}`;
  const effects = asked.map((one, at) => ({ ...one, worker: number, key: `${requestId}#${at}`, requestId }));
  for (const effect of effects) model.begin(effect);
  const learned = await send({ headers: { "X-Request-Id": requestId } });
  for (const [at, effect] of effects.entries()) {
    model.acknowledge(effect, effect.subjectId ?? learned[at]?.id ?? "unknown");
  }
}

const organizationsMax = 3;
const configurationsMax = 5;
const tokensMax = 4;
const usersMax = 10;
const groupsMax = 4;

/** What can be done now; what has more weight is done more often. */
type Offer = readonly [weight: number, possible: boolean, make: () => Mutation | ManyMutations];

function weighted(offers: readonly Offer[]): Offer[2][] {
  return offers.flatMap(([weight, possible, make]) => (possible ? Array<Offer[2]>(weight).fill(make) : []));
}

function rpcOffers(
  { model, number, random, home }: WorkerOptions,
  mutations: ReturnType<typeof createMutations>,
  label: string,
): readonly Offer[] {
  const organizations = model.of(number, "organization");
  const ssos = model.of(number, "sso_configuration");
  const scims = model.of(number, "scim_configuration");
  const tokens = model.of(number, "personal_access_token");
  const linked = new Set(scims.map(([, { fields }]) => fields.ssoConfigurationId));
  const free = ssos.filter(([id]) => !linked.has(id));
  const places = [home.organizationId, ...organizations.map(([id]) => id)];
  return [
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
}

/** In one of the worker's directories that can be written to. */
function scimOffers(options: WorkerOptions, label: string): readonly Offer[] {
  const { model, number, random } = options;
  const directories = openDirectories(options);
  if (directories.length === 0) return [];
  const directory = pick(random, directories);
  const isHere = ([, { fields }]: Target): boolean => fields.configurationId === directory.configurationId;
  const users = model.of(number, "user").filter(isHere);
  const groups = model.of(number, "group").filter(isHere);
  const { active = [], inactive = [] } = Object.groupBy(users, ([, { fields }]) =>
    fields.active === "1" ? "active" : "inactive",
  );
  const mutations = createScimMutations(options.baseUrl, directory);
  const some = (): Target[] => users.filter(() => random() < 0.5);
  return [
    [12, users.length < usersMax, () => mutations.createUser(label)],
    [4, users.length > 0, () => mutations.replaceUser(label, pick(random, users))],
    [4, users.length > 0, () => mutations.patchUser(label, pick(random, users))],
    [4, active.length > 0, () => mutations.setActive(pick(random, active), false)],
    [8, inactive.length > 0, () => mutations.setActive(pick(random, inactive), true)],
    [3, users.length > 0, () => mutations.deleteUser(pick(random, users))],
    [5, groups.length < groupsMax, () => mutations.createGroup(label, some())],
    [3, groups.length > 0, () => mutations.replaceGroup(label, pick(random, groups), some())],
    ...groups.map((group) => exchangeOffer(options, mutations, group, users)),
    [3, groups.length > 0, () => mutations.deleteGroup(pick(random, groups))],
    [6, users.length > 1 && users.length < usersMax, () => bulkOf(options, mutations, label, users)],
  ];
}

/** Enabled, and opened by a token that was answered. */
function openDirectories({ model, number, hashToken }: WorkerOptions): readonly Directory[] {
  return model.of(number, "scim_configuration").flatMap(([configurationId, { organizationId, fields }]) => {
    const token = model.tokens.get(configurationId);
    if (token === undefined || fields.enabled !== "1" || hashToken(token) !== fields.tokenHash) return [];
    return [{ configurationId, organizationId, token }];
  });
}

type ScimMutations = ReturnType<typeof createScimMutations>;

function exchangeOffer(
  { random }: WorkerOptions,
  mutations: ScimMutations,
  group: Target,
  users: readonly Target[],
): Offer {
  const emails = new Set(membersIn(group[1].fields.members));
  const { present = [], outside = [] } = Object.groupBy(users, ([, { fields }]) =>
    emails.has(fields.email ?? "") ? "present" : "outside",
  );
  const gone = present.length === 0 ? undefined : pick(random, present);
  return [4, outside.length > 0, () => mutations.exchangeMembers(group, gone, pick(random, outside))];
}

function bulkOf(
  { random }: WorkerOptions,
  mutations: ScimMutations,
  label: string,
  users: readonly Target[],
): ManyMutations {
  const changed = pick(random, users);
  const gone = pick(
    random,
    users.filter((user) => user !== changed),
  );
  return mutations.bulk(label, changed, gone);
}
