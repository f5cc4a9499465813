/** What is in the database before the first call, and the calls that are made. */
import { create, type DescMessage, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import {
  CreateSCIMConfigurationRequestSchema,
  GetSCIMConfigurationRequestSchema,
  OrganizationService,
} from "../../gen/gitpod/v1/organization_pb.ts";
import type { DomainContext } from "../../src/domain/context.ts";
import { createOrganization } from "../../src/domain/organizations.ts";
import { createPersonalAccessToken } from "../../src/domain/personal-access-tokens.ts";
import type { Operator } from "../../src/domain/principal.ts";
import { createScimConfiguration } from "../../src/domain/scim-configurations.ts";
import { createSsoConfiguration } from "../../src/domain/sso-configurations.ts";
import type { ScimConfiguration } from "../../src/storage/records.ts";
import type { Target } from "../targets.ts";
import { noOpMethod, publicNoOpMethod } from "./no-op.ts";

export interface Seed {
  /** An admin's personal access token: what people and SDKs call with. */
  readonly token: string;
  readonly configuration: ScimConfiguration;
  /** The configuration's: what an identity provider calls with. */
  readonly scimToken: string;
}

/** One for each of so many organizations. */
export async function seed(
  context: DomainContext,
  operator: Operator,
  organizations: number,
): Promise<[Seed, ...Seed[]]> {
  const seeds: [Seed, ...Seed[]] = [await seedOrganization(context, operator)];
  while (seeds.length < organizations) seeds.push(await seedOrganization(context, operator));
  return seeds;
}

async function seedOrganization(context: DomainContext, operator: Operator): Promise<Seed> {
  const caller = { principal: operator, requestId: "benchmark-seed" };
  const { organization, admin } = await createOrganization(context, caller, {
    name: "Benchmark",
    join: false,
    inviteMatchingDomain: false,
    adminEmail: "admin@example.com",
  });
  if (admin === undefined) throw new Error("the organization has no admin");
  const { token } = await createPersonalAccessToken(context, caller, organization.id, {
    userId: admin.userId,
    description: "benchmark",
    lifetimeMs: undefined,
    readOnly: false,
  });
  const sso = await createSsoConfiguration(context, caller, organization.id, {
    clientId: "client",
    clientSecret: "secret",
    issuerUrl: "https://idp.example.com",
    emailDomains: ["example.com"],
    displayName: "Example",
    additionalScopes: [],
    claimsExpression: "",
  });
  const scim = await createScimConfiguration(context, caller, organization.id, {
    ssoConfigurationId: sso.id,
    name: "Directory of Example",
    tokenLifetimeSeconds: undefined,
    allowUnverifiedEmailAccountLinking: false,
  });
  return { token, configuration: scim.configuration, scimToken: scim.token };
}

/** Everything that is called at one site, by the names that the cases use. */
export function targetsOf(seeds: readonly [Seed, ...Seed[]]): Record<string, readonly Target[]> {
  const [first] = seeds;
  const get = { scimConfigurationId: first.configuration.id };
  return {
    get: [target(first, OrganizationService.method.getSCIMConfiguration, getSchema, get)],
    "no-op": [target(first, noOpMethod, getSchema, get)],
    "public no-op": [target(first, publicNoOpMethod, getSchema, get)],
    create: [createTarget(first)],
    "create apart": seeds.map(createTarget),
  };
}

const getSchema = GetSCIMConfigurationRequestSchema;

function createTarget(seed: Seed): Target {
  const { organizationId, ssoConfigurationId } = seed.configuration;
  const init = { organizationId, ssoConfigurationId, name: "Directory of Example" };
  const { createSCIMConfiguration } = OrganizationService.method;
  return target(seed, createSCIMConfiguration, CreateSCIMConfigurationRequestSchema, init);
}

interface Named {
  readonly name: string;
  readonly parent: { readonly typeName: string };
}

function target<Schema extends DescMessage>(
  { token }: Seed,
  method: Named,
  schema: Schema,
  init: MessageInitShape<Schema>,
): Target {
  const message = create(schema, init);
  return {
    token,
    path: `/${method.parent.typeName}/${method.name}`,
    json: toJsonString(schema, message),
    binary: toBinary(schema, message),
  };
}
