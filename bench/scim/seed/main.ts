/**
 * The process that fills a directory and the bare server's database beside it. It ends before anything is measured, so that
 * the server under test has never done anything but serve.
 */
import { copyFileSync } from "node:fs";
import { systemClock } from "../../../src/base/clock.ts";
import type { UserId } from "../../../src/base/ids.ts";
import type { DomainContext } from "../../../src/domain/context.ts";
import type { DirectoryCaller } from "../../../src/domain/directory/caller.ts";
import { openStorage } from "../../../src/storage/open.ts";
import { serveParent } from "../../processes/child.ts";
import { type Fields, numberOf, numbersOf, textOf } from "../../processes/fields.ts";
import { seed } from "../../server/seed.ts";
import { openContext } from "../../server/service.ts";
import { type BareDatabase, createBareDatabase } from "../bare-database.ts";
import { pageSize, sampledUsers, spareUsers } from "../calls.ts";
import type { DirectoryFacts, UserFacts } from "../directory-facts.ts";
import { pathOf } from "../files.ts";
import { userNameOf } from "../resources.ts";
import { readPages, type SeededGroup, seedGroup, seedUsers } from "./directory.ts";

/** Everybody is in a team and in a group of everybody, which has so many at most. */
const everyoneMax = 100_000;
const teamSize = 100;

async function fill(folder: string, size: number, groupSizes: readonly number[]): Promise<DirectoryFacts> {
  const storage = await openStorage({ kind: "sqlite", path: pathOf(folder, "service") }, systemClock, "tool");
  const bare = createBareDatabase(pathOf(folder, "bare"));
  try {
    const { context, operator } = await openContext(storage);
    const [{ configuration, scimToken }] = await seed(context, operator, 1);
    const caller = { configuration, requestId: "benchmark-seed" };
    const userCount = size + spareUsers;
    const ids = await seedUsers(context, caller, userCount);
    const { members, spare } = split(ids);
    const groups = await seedGroups(context, caller, members, groupSizes);
    addGroups(bare, groups);
    const lastPage = await readPages(context, caller, pageSize, bare.addUsers);
    return {
      token: scimToken,
      users: sampleOf(ids),
      userCount,
      cursorOfLastPage: lastPage.cursor,
      idBeforeLastPage: lastPage.idBefore,
      groups: groups.map(({ id, members }) => ({ id, members: members.length })),
      spareUserIds: spare,
    };
  } finally {
    await storage.close();
    bare.close();
  }
}

/** Spare users are from the middle, so that the first page is like the last. */
function split(ids: readonly UserId[]): { members: readonly UserId[]; spare: readonly UserId[] } {
  const at = Math.floor(ids.length / 2);
  return {
    members: [...ids.slice(0, at), ...ids.slice(at + spareUsers)],
    spare: ids.slice(at, at + spareUsers),
  };
}

/** Teams are many: what a user costs must not depend on the groups that others are in. */
async function seedGroups(
  context: DomainContext,
  caller: DirectoryCaller,
  ids: readonly UserId[],
  sizes: readonly number[],
): Promise<readonly SeededGroup[]> {
  const groups = [
    ...(await seedPartition(context, caller, "Everyone", ids, everyoneMax)),
    ...(await seedPartition(context, caller, "Team", ids, teamSize)),
  ];
  for (const size of sizes) {
    if (groups.some(({ members }) => members.length === size)) continue;
    // Neither on the first page nor on the last.
    const first = Math.floor((ids.length - size) / 2);
    groups.push(await seedGroup(context, caller, `Group of ${size}`, ids.slice(first, first + size)));
  }
  return groups;
}

/** Each user in one of the groups. */
async function seedPartition(
  context: DomainContext,
  caller: DirectoryCaller,
  name: string,
  ids: readonly UserId[],
  size: number,
): Promise<readonly SeededGroup[]> {
  const groups: SeededGroup[] = [];
  for (let first = 0; first < ids.length; first += size) {
    const members = ids.slice(first, first + size);
    groups.push(await seedGroup(context, caller, `${name} ${groups.length + 1}`, members));
  }
  return groups;
}

function addGroups(bare: BareDatabase, groups: readonly SeededGroup[]): void {
  for (const { id, members } of groups) bare.addGroup(id, members);
}

function sampleOf(ids: readonly UserId[]): readonly UserFacts[] {
  const step = Math.max(ids.length / sampledUsers, 1);
  return Array.from({ length: Math.min(ids.length, sampledUsers) }, (_, place) => {
    const number = Math.floor(place * step);
    return { id: ids[number] ?? "", userName: userNameOf(number) };
  });
}

async function open(argument: Fields): Promise<object> {
  const folder = textOf(argument, "folder");
  const facts = await fill(folder, numberOf(argument, "users"), numbersOf(argument, "groupSizes"));
  for (const name of ["service", "bare"] as const) {
    copyFileSync(pathOf(folder, name), pathOf(folder, `${name}-growing`));
  }
  return facts;
}

serveParent({ open }, () => Promise.resolve());
