/** What the seed tells of the directory that it made: what the server serves, and what callers call. */
import { type Fields, listOf, numberOf, textOf, textsOf } from "../processes/fields.ts";

export interface DirectoryFacts {
  readonly token: string;
  /** Users of the directory, evenly spread over it. */
  readonly users: readonly UserFacts[];
  /** All of the directory's users. */
  readonly userCount: number;
  readonly cursorOfLastPage: string;
  /** The id after which the last page begins, for a keyset read. */
  readonly idBeforeLastPage: string;
  readonly groups: readonly GroupFacts[];
  /** Users who are in none of the groups: there to be added and removed. */
  readonly spareUserIds: readonly string[];
}

export interface UserFacts {
  readonly id: string;
  readonly userName: string;
}

export interface GroupFacts {
  readonly id: string;
  readonly members: number;
}

export function parseDirectoryFacts(fields: Fields): DirectoryFacts {
  return {
    token: textOf(fields, "token"),
    users: listOf(fields, "users", (user) => ({
      id: textOf(user, "id"),
      userName: textOf(user, "userName"),
    })),
    userCount: numberOf(fields, "userCount"),
    cursorOfLastPage: textOf(fields, "cursorOfLastPage"),
    idBeforeLastPage: textOf(fields, "idBeforeLastPage"),
    groups: listOf(fields, "groups", (group) => ({
      id: textOf(group, "id"),
      members: numberOf(group, "members"),
    })),
    spareUserIds: textsOf(fields, "spareUserIds"),
  };
}
