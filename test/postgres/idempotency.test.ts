/** R16 on two instances: a creation that is repeated on another one is the same. */
import { expect, it } from "vitest";
import { allEvents, outcomeOf } from "../support/storage-harness.ts";
import { postgresServer } from "../support/storage-postgres.ts";
import { newAudit, newHash, newOwnGroup, newToken } from "../support/storage-records.ts";
import { openPair, spread } from "./support/pairs.ts";

const server = postgresServer();
const newKey = () => ({ key: "a key", requestHash: newHash() });

it("of 30 repetitions at once one creates, and all answer what it created", async () => {
  await using pair = await openPair(server);
  const { id } = pair.tenant.organization;
  const { length } = await allEvents(pair.storages[0], id);
  const idempotency = newKey();
  const groups = await spread(pair, 30, (storage) =>
    storage.groups.create(id, newOwnGroup({ name: "Staff" }), newAudit({ idempotency })),
  );
  expect(new Set(groups.map((group) => JSON.stringify(group))).size).toBe(1);
  expect(await allEvents(pair.storages[1], id)).toHaveLength(length + 1);
});

it("of 30 repetitions at once one makes a secret, and 29 are told that it was made", async () => {
  await using pair = await openPair(server);
  const { organization, member } = pair.tenant;
  const idempotency = newKey();
  const outcomes = await spread(pair, 30, ({ personalAccessTokens }) => {
    const token = newToken(organization.id, member.userId);
    return outcomeOf(
      personalAccessTokens.create(organization.id, token, newHash(), newAudit({ idempotency })),
    );
  });
  expect(outcomes.filter((outcome) => "value" in outcome)).toHaveLength(1);
  const made = { fault: { kind: "already_made", entity: "record" } };
  expect(outcomes.filter((outcome) => "fault" in outcome)).toEqual(Array(29).fill(made));
});
