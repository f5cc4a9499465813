/** The database of the bare server: what is asked of it in the plainest tables that answer it, with the service's own pragmas. */
import { openWriter } from "../../src/storage/sqlite/connection.ts";

export interface BareUser {
  readonly id: string;
  readonly userName: string;
  readonly json: string;
}

/** Makes the file at `path`, to be filled. */
export interface BareDatabase {
  addUsers(users: readonly BareUser[]): void;
  addGroup(id: string, members: readonly string[]): void;
  close(): void;
}

export function createBareDatabase(path: string): BareDatabase {
  const db = openWriter(path);
  db.exec(
    `CREATE TABLE resource (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, json TEXT NOT NULL) STRICT`,
  );
  db.exec(`CREATE TABLE resource_group (
    id TEXT NOT NULL PRIMARY KEY, member_count INTEGER NOT NULL, version INTEGER NOT NULL) STRICT`);
  db.exec(`CREATE TABLE membership (
    group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id)) STRICT, WITHOUT ROWID`);
  const addUser = db.prepare(insertResource);
  const addGroup = db.prepare("INSERT INTO resource_group (id, member_count, version) VALUES (?, ?, 1)");
  const addMember = db.prepare(insertMembership);
  return {
    addUsers: db.transaction((users: readonly BareUser[]) => {
      for (const { id, userName, json } of users) addUser.run(id, userName, json);
    }),
    addGroup: db.transaction((id: string, members: readonly string[]) => {
      addGroup.run(id, members.length);
      for (const member of members) addMember.run(id, member);
    }),
    close: () => db.close(),
  };
}

export const insertResource = "INSERT INTO resource (id, name, json) VALUES (?, ?, ?)";
/** A member who is there already stays: a caller that was stopped between adding and removing adds again. */
export const insertMembership =
  "INSERT INTO membership (group_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING";
