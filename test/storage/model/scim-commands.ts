import * as fc from "fast-check";
import type { ScimConfigurationId } from "../../../src/base/ids.ts";
import { newAudit, newHash, newId, newScim, nextMs } from "../../support/storage-records.ts";
import {
  aHash,
  anOrganization,
  anSso,
  aScim,
  type Command,
  command,
  freshOrTaken,
  limit,
  optional,
  pageAfter,
  pick,
  skewMs,
  tenantFor,
  text,
} from "./run.ts";

const create = command(
  "scimConfigurations.create",
  fc.record({ of: pick, sso: pick, taken: pick, hash: pick, enabled: fc.boolean() }),
  (run, { of, sso, taken, hash, enabled }) => {
    const ssoId = anSso(run, sso);
    const organizationId = tenantFor(run, ssoId, of);
    const id = freshOrTaken<ScimConfigurationId>(run.scimIds, taken, newId);
    const scim = newScim(organizationId, ssoId, { id, enabled });
    const tokenHash = freshOrTaken(run.hashes, hash, newHash);
    const audit = newAudit();
    if (!run.owners.has(id)) run.owners.set(id, organizationId);
    return ({ scimConfigurations }) => scimConfigurations.create(organizationId, scim, tokenHash, audit);
  },
);

const update = command(
  "scimConfigurations.update",
  fc.record({
    of: pick,
    which: pick,
    name: optional(text),
    enabled: optional(fc.boolean()),
    linking: optional(fc.boolean()),
    sso: optional(pick),
  }),
  (run, { of, which, name, enabled, linking, sso }) => {
    const id = aScim(run, which);
    const organizationId = tenantFor(run, id, of);
    const ssoConfigurationId = sso === undefined ? undefined : anSso(run, sso);
    const audit = newAudit();
    const patch = { name, enabled, ssoConfigurationId, allowUnverifiedEmailAccountLinking: linking };
    return ({ scimConfigurations }) => scimConfigurations.update(organizationId, id, patch, audit);
  },
);

const replaceToken = command(
  "scimConfigurations.replaceToken",
  fc.record({ of: pick, which: pick, hash: pick, skewMs }),
  (run, { of, which, hash, skewMs }) => {
    const id = aScim(run, which);
    const organizationId = tenantFor(run, id, of);
    const token = { hash: freshOrTaken(run.hashes, hash, newHash), expiresAtMs: nextMs() };
    const audit = newAudit({ atMs: nextMs() + skewMs });
    return ({ scimConfigurations }) =>
      scimConfigurations.replaceToken(
        organizationId,
        id,
        ({ tokenLifetimeSeconds }) => ({ ...token, lifetimeSeconds: tokenLifetimeSeconds + 1 }),
        audit,
      );
  },
);

const remove = command("scimConfigurations.delete", fc.tuple(pick, pick), (run, [of, which]) => {
  const id = aScim(run, which);
  const organizationId = tenantFor(run, id, of);
  const audit = newAudit();
  return ({ scimConfigurations }) => scimConfigurations.delete(organizationId, id, audit);
});

const get = command("scimConfigurations.get", fc.tuple(pick, pick), (run, [of, which]) => {
  const id = aScim(run, which);
  const organizationId = tenantFor(run, id, of);
  return ({ scimConfigurations }) => scimConfigurations.get(organizationId, id);
});

const list = command("scimConfigurations.list", fc.tuple(pick, pick, limit), (run, [of, after, limit]) => {
  const organizationId = anOrganization(run, of);
  const page = pageAfter(run.scimIds, after, limit);
  return ({ scimConfigurations }) => scimConfigurations.list(organizationId, page);
});

const listAll = command("scimConfigurations.listAll", fc.tuple(pick, limit), (run, [after, limit]) => {
  const afterId = pageAfter(run.scimIds, after, limit).afterId ?? run.beforeScim;
  return ({ scimConfigurations }) => scimConfigurations.listAll({ afterId, limit });
});

const find = command("credentials.findScimConfiguration", pick, (run, which) => {
  const hash = aHash(run, which);
  return ({ credentials }) => credentials.findScimConfiguration(hash);
});

export const scimCommands: readonly fc.Arbitrary<Command>[] = [
  create,
  create,
  update,
  // That a hash is taken is met seldom: it is to be met in every run of the suite.
  replaceToken,
  replaceToken,
  replaceToken,
  remove,
  get,
  list,
  listAll,
  find,
];
