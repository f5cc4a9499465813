import * as fc from "fast-check";
import type { PersonalAccessTokenId } from "../../../src/base/ids.ts";
import { newAudit, newHash, newId, newToken } from "../../support/storage-records.ts";
import {
  aHash,
  anOrganization,
  aToken,
  aUser,
  type Command,
  command,
  freshOrTaken,
  limit,
  optional,
  pageAfter,
  pick,
  tenantFor,
} from "./run.ts";

const create = command(
  "personalAccessTokens.create",
  fc.record({ of: pick, user: pick, taken: pick, hash: pick, readOnly: fc.boolean() }),
  (run, { of, user, taken, hash, readOnly }) => {
    const userId = aUser(run, user);
    const organizationId = tenantFor(run, userId, of);
    const id = freshOrTaken<PersonalAccessTokenId>(run.tokenIds, taken, newId);
    const token = newToken(organizationId, userId, { id, readOnly });
    const tokenHash = freshOrTaken(run.hashes, hash, newHash);
    const audit = newAudit();
    if (!run.owners.has(id)) run.owners.set(id, organizationId);
    return ({ personalAccessTokens }) => personalAccessTokens.create(organizationId, token, tokenHash, audit);
  },
);

const get = command("personalAccessTokens.get", fc.tuple(pick, pick), (run, [of, which]) => {
  const id = aToken(run, which);
  const organizationId = tenantFor(run, id, of);
  return ({ personalAccessTokens }) => personalAccessTokens.get(organizationId, id);
});

const remove = command("personalAccessTokens.delete", fc.tuple(pick, pick), (run, [of, which]) => {
  const id = aToken(run, which);
  const organizationId = tenantFor(run, id, of);
  const audit = newAudit();
  return ({ personalAccessTokens }) => personalAccessTokens.delete(organizationId, id, audit);
});

const touch = command(
  "personalAccessTokens.touch",
  fc.tuple(pick, pick, fc.nat({ max: 5 })),
  (run, [of, which, at]) => {
    const id = aToken(run, which);
    const organizationId = tenantFor(run, id, of);
    return ({ personalAccessTokens }) => personalAccessTokens.touch(organizationId, id, at);
  },
);

const someUsers = optional(fc.array(pick, { maxLength: 4 }));

const list = command(
  "personalAccessTokens.list",
  fc.tuple(pick, someUsers, pick, limit),
  (run, [of, users, after, limit]) => {
    const organizationId = anOrganization(run, of);
    const userIds = users?.map((index) => aUser(run, index));
    const page = pageAfter(run.tokenIds, after, limit);
    return ({ personalAccessTokens }) => personalAccessTokens.list(organizationId, userIds, page);
  },
);

const listAll = command(
  "personalAccessTokens.listAll",
  fc.tuple(someUsers, pick, limit),
  (run, [users, after, limit]) => {
    const userIds = users?.map((index) => aUser(run, index));
    const afterId = pageAfter(run.tokenIds, after, limit).afterId ?? run.beforeTokens;
    return ({ personalAccessTokens }) => personalAccessTokens.listAll(userIds, { afterId, limit });
  },
);

const find = command("credentials.findPersonalAccessToken", pick, (run, which) => {
  const hash = aHash(run, which);
  return ({ credentials }) => credentials.findPersonalAccessToken(hash);
});

export const tokenCommands: readonly fc.Arbitrary<Command>[] = [
  create,
  create,
  get,
  remove,
  touch,
  list,
  listAll,
  find,
];
