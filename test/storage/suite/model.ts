/**
 * Random commands, each run against the model and against the engine: every answer must be the same, and so must
 * all that can be read at the end. All runs share one store, each with organizations of its own.
 */
import { randomInt } from "node:crypto";
import * as fc from "fast-check";
import { expect } from "vitest";
import { outcomeOf, type StoreTest } from "../../support/storage-harness.ts";
import type { Modelled } from "../model/model.ts";
import { organizationCommands } from "../model/organization-commands.ts";
import { createRun, type Run } from "../model/run.ts";
import { scimCommands } from "../model/scim-commands.ts";
import { ssoCommands } from "../model/sso-commands.ts";
import { tokenCommands } from "../model/token-commands.ts";

const numRuns = Number(process.env.STORAGE_MODEL_RUNS ?? 200);
const maxCommands = 80;
const commands = [...organizationCommands, ...ssoCommands, ...scimCommands, ...tokenCommands];

/** What the commands must have met over all runs: a world in which nothing is found proves nothing. */
const mustBeMet = [
  "organizations.create: already_exists",
  "organizations.update: ok",
  "organizations.update: not_found",
  "organizations.delete: ok",
  "members.get: ok",
  "members.get: not_found",
  "members.getByEmail: ok",
  "members.setRole: ok",
  "members.setRole: not_found",
  "members.setRole: last_admin",
  "ssoConfigurations.create: already_exists",
  "ssoConfigurations.update: ok",
  "ssoConfigurations.delete: ok",
  "ssoConfigurations.delete: referenced",
  "scimConfigurations.create: ok",
  "scimConfigurations.create: already_exists",
  "scimConfigurations.update: ok",
  "scimConfigurations.update: not_found",
  "scimConfigurations.replaceToken: ok",
  "scimConfigurations.replaceToken: already_exists",
  "scimConfigurations.delete: ok",
  "personalAccessTokens.create: ok",
  "personalAccessTokens.create: not_found",
  "personalAccessTokens.create: already_exists",
  "personalAccessTokens.get: ok",
  "personalAccessTokens.delete: ok",
];

export function modelTests(test: StoreTest): void {
  const seed = Number(process.env.STORAGE_MODEL_SEED ?? randomInt(2 ** 31));
  test(
    `answer as the model does (STORAGE_MODEL_SEED=${seed})`,
    async ({ storage }) => {
      const outcomes = new Map<string, number>();
      const property = fc.asyncProperty(
        fc.commands(commands, { maxCommands, size: "max" }),
        async (sequence) => {
          const run = await createRun(storage, outcomes);
          await fc.asyncModelRun(() => ({ model: run, real: run }), sequence);
          expect(await everything(run, run.real)).toEqual(await everything(run, run.model));
        },
      );
      await fc.assert(property, { seed, numRuns });
      expect([...outcomes.keys()]).toEqual(expect.arrayContaining(mustBeMet));
    },
    60_000 + numRuns * 100,
  );
}

/** All that one side can tell of what the run has named. */
async function everything(run: Run, side: Modelled): Promise<unknown> {
  const answers: Promise<unknown>[] = [];
  const ask = (call: Promise<unknown>) => answers.push(outcomeOf(call));
  const page = { afterId: undefined, limit: 1_000 };
  for (const id of run.organizationIds) {
    ask(side.organizations.get(id));
    ask(side.ssoConfigurations.list(id, page));
    ask(side.scimConfigurations.list(id, page));
    ask(side.personalAccessTokens.list(id, undefined, page));
    ask(side.events.list(id, 0, 10_000));
    for (const userId of run.userIds) ask(side.members.get(id, userId));
  }
  ask(side.scimConfigurations.listAll({ afterId: run.beforeScim, limit: 1_000 }));
  ask(side.personalAccessTokens.listAll(undefined, { afterId: run.beforeTokens, limit: 1_000 }));
  for (const hash of run.hashes) {
    ask(side.credentials.findPersonalAccessToken(hash));
    ask(side.credentials.findScimConfiguration(hash));
  }
  return Promise.all(answers);
}
