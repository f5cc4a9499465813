/** What is made of the samples: the service beside the bare server, and large directories beside small ones. */
import type { Sample } from "../measure-rpc.ts";
import { type Quotient, quotientOf } from "../quotients.ts";
import type { CallName, ServerName } from "./calls.ts";
import {
  callTitles,
  createCallers,
  directorySizes,
  grouped,
  groupSizes,
  largestGroup,
  million,
  type ScimCase,
} from "./cases.ts";

export type ScimSamples = ReadonlyMap<ScimCase, readonly Sample[]>;

export interface ScimRatio extends Quotient {
  readonly title: string;
  /** Of the throughput's ratio. */
  readonly aim: Aim | undefined;
}

export type Aim = { readonly atLeast: number } | { readonly atMost: number };

export function isMet(aim: Aim, throughput: number): boolean {
  return "atLeast" in aim ? throughput >= aim.atLeast : throughput <= aim.atMost;
}

const sizes = [...directorySizes, million];
const oneUserAim = { atLeast: 0.6 };
const pageAim = { atLeast: 0.4 };
const memberAim = { atLeast: 0.6 };
const createAim = { atLeast: 0.5 };
const aimedCreateCallers = 16;
const flatDirectoryAim = { atMost: 1.2 };
const flatGroupAim = { atMost: 1.5 };
const lastIndexAim = { atMost: 5 };

/** All that the samples allow: none of a case that was left out. */
export function scimRatiosOf(samples: ScimSamples): readonly ScimRatio[] {
  return [
    ...ofOneUser(samples, "get"),
    ...ofOneUser(samples, "filter"),
    ...ofPages(samples),
    ...ofMembers(samples),
    ...ofCreates(samples),
  ];
}

function ofOneUser(samples: ScimSamples, call: CallName): readonly ScimRatio[] {
  return [
    ...sizes.flatMap((users) => besideBare(samples, { call, users }, oneUserAim)),
    ...sizes.slice(1).flatMap((users) => flatness(samples, call, users)),
  ];
}

function flatness(samples: ScimSamples, call: CallName, users: number): readonly ScimRatio[] {
  const [smallest] = directorySizes;
  const title = `${callTitles[call]}: ${grouped(smallest)} / ${grouped(users)} users`;
  const above = find(samples, { server: "service", call, users: smallest });
  return ratio(samples, title, above, find(samples, { server: "service", call, users }), flatDirectoryAim);
}

function ofPages(samples: ScimSamples): readonly ScimRatio[] {
  return sizes.flatMap((users) => [
    ...besideBare(samples, { call: "first page by cursor", users }, pageAim),
    ...besideBare(samples, { call: "last page by cursor", users }, pageAim),
    ...firstToLast(samples, "cursor", users, undefined),
    ...firstToLast(samples, "index", users, lastIndexAim),
  ]);
}

function firstToLast(
  samples: ScimSamples,
  by: "cursor" | "index",
  users: number,
  aim: Aim | undefined,
): readonly ScimRatio[] {
  const of = (page: "first" | "last") =>
    find(samples, { server: "service", call: `${page} page by ${by}`, users });
  const title = `page of 100 by ${by === "index" ? "startIndex" : by}, ${grouped(users)} users: first / last`;
  return ratio(samples, title, of("first"), of("last"), aim);
}

function ofMembers(samples: ScimSamples): readonly ScimRatio[] {
  const call = "member";
  const of = (groupSize: number) => find(samples, { server: "service", call, groupSize });
  const [smallest] = groupSizes;
  return [
    ...groupSizes.flatMap((groupSize) =>
      besideBare(samples, { call, users: largestGroup, groupSize }, memberAim),
    ),
    ...groupSizes.slice(1).flatMap((groupSize) => {
      const title = `${callTitles[call]}: a group of ${grouped(smallest)} / of ${grouped(groupSize)}`;
      return ratio(samples, title, of(smallest), of(groupSize), flatGroupAim);
    }),
  ];
}

function ofCreates(samples: ScimSamples): readonly ScimRatio[] {
  return sizes.flatMap((users) =>
    createCallers.flatMap((callers) =>
      besideBare(
        samples,
        { call: "create", users, callers },
        callers === aimedCreateCallers ? createAim : undefined,
      ),
    ),
  );
}

interface Wanted {
  readonly server?: ServerName;
  readonly call: CallName;
  readonly users?: number;
  readonly callers?: number;
  readonly groupSize?: number;
}

function besideBare(
  samples: ScimSamples,
  wanted: Wanted & { readonly users: number },
  aim: Aim | undefined,
): readonly ScimRatio[] {
  const { call, users, callers, groupSize } = wanted;
  const where = groupSize === undefined ? `${grouped(users)} users` : `a group of ${grouped(groupSize)}`;
  const who = callers === undefined ? "" : `, ${callers} ${callers === 1 ? "caller" : "callers"}`;
  const title = `${callTitles[call]}, ${where}${who}: service / bare`;
  const above = find(samples, { ...wanted, server: "service" });
  return ratio(samples, title, above, find(samples, { ...wanted, server: "bare" }), aim);
}

function find(samples: ScimSamples, wanted: Wanted): ScimCase | undefined {
  const { server, call, users, callers, groupSize } = wanted;
  return [...samples.keys()].find(
    (item) =>
      item.server === server &&
      item.call === call &&
      (users === undefined || item.users === users) &&
      (callers === undefined || item.callers === callers) &&
      item.groupSize === groupSize,
  );
}

function ratio(
  samples: ScimSamples,
  title: string,
  above: ScimCase | undefined,
  below: ScimCase | undefined,
  aim: Aim | undefined,
): readonly ScimRatio[] {
  const quotient = quotientOf(samples, above, below);
  return quotient === undefined ? [] : [{ title, ...quotient, aim }];
}
