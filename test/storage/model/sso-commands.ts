import * as fc from "fast-check";
import type { SsoConfigurationId } from "../../../src/base/ids.ts";
import { newAudit, newId, newSso, nextMs } from "../../support/storage-records.ts";
import {
  anOrganization,
  anSso,
  type Command,
  claims,
  command,
  freshOrTaken,
  limit,
  pageAfter,
  pick,
  skewMs,
  tenantFor,
  text,
  texts,
} from "./run.ts";

const create = command(
  "ssoConfigurations.create",
  fc.record({ of: pick, taken: pick, claims }),
  (run, values) => {
    const organizationId = anOrganization(run, values.of);
    const id = freshOrTaken<SsoConfigurationId>(run.ssoIds, values.taken, newId);
    const sso = newSso(organizationId, { id, claims: values.claims });
    const audit = newAudit();
    if (!run.owners.has(id)) run.owners.set(id, organizationId);
    return ({ ssoConfigurations }) => ssoConfigurations.create(organizationId, sso, audit);
  },
);

const patch = fc.record(
  {
    clientId: text,
    sealedClientSecret: text,
    issuerUrl: text,
    state: fc.constantFrom("active" as const, "inactive" as const),
    emailDomains: texts,
    displayName: text,
    additionalScopes: texts,
    claims,
    claimsExpression: text,
  },
  { requiredKeys: [] },
);

const update = command(
  "ssoConfigurations.update",
  fc.record({ of: pick, which: pick, skewMs, patch }),
  (run, { of, which, skewMs, patch }) => {
    const id = anSso(run, which);
    const organizationId = tenantFor(run, id, of);
    const audit = newAudit({ atMs: nextMs() + skewMs });
    return ({ ssoConfigurations }) => ssoConfigurations.update(organizationId, id, patch, audit);
  },
);

const remove = command("ssoConfigurations.delete", fc.tuple(pick, pick), (run, [of, which]) => {
  const id = anSso(run, which);
  const organizationId = tenantFor(run, id, of);
  const audit = newAudit();
  return ({ ssoConfigurations }) => ssoConfigurations.delete(organizationId, id, audit);
});

const get = command("ssoConfigurations.get", fc.tuple(pick, pick), (run, [of, which]) => {
  const id = anSso(run, which);
  const organizationId = tenantFor(run, id, of);
  return ({ ssoConfigurations }) => ssoConfigurations.get(organizationId, id);
});

const list = command("ssoConfigurations.list", fc.tuple(pick, pick, limit), (run, [of, after, limit]) => {
  const organizationId = anOrganization(run, of);
  const page = pageAfter(run.ssoIds, after, limit);
  return ({ ssoConfigurations }) => ssoConfigurations.list(organizationId, page);
});

/** Twice `create`: SCIM configurations need one. */
export const ssoCommands: readonly fc.Arbitrary<Command>[] = [create, create, update, remove, get, list];
