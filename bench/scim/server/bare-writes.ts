/** The group commit without a service: what was queued in one turn of the event loop is one transaction, durable before it is answered. */
import { systemClock } from "../../../src/base/clock.ts";
import type { UserId } from "../../../src/base/ids.ts";
import { createIdGenerator } from "../../../src/base/uuidv7.ts";
import { openWriter } from "../../../src/storage/sqlite/connection.ts";
import { textOf, toFields } from "../../processes/fields.ts";
import { insertMembership, insertResource } from "../bare-database.ts";

export interface BareWrites {
  /** One row. */
  create(json: string, onCommitted: () => void): void;
  /** Two rows: the membership, and the group with its count. */
  changeMember(url: string, body: string, onCommitted: () => void): void;
}

interface Job {
  readonly run: () => void;
  readonly onCommitted: () => void;
}

export function createWrites(path: string): BareWrites {
  const db = openWriter(path);
  const insert = db.prepare(insertResource);
  const addMember = db.prepare(insertMembership);
  const removeMember = db.prepare("DELETE FROM membership WHERE group_id = ? AND user_id = ?");
  const changeGroup = db.prepare(
    "UPDATE resource_group SET member_count = member_count + ?, version = version + 1 WHERE id = ?",
  );
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const ids = createIdGenerator(systemClock);
  let queue: Job[] = [];

  function enqueue(job: Job): void {
    if (queue.length === 0) setImmediate(flush);
    queue.push(job);
  }

  function flush(): void {
    const batch = queue;
    queue = [];
    begin.run();
    for (const { run } of batch) run();
    commit.run();
    for (const { onCommitted } of batch) onCommitted();
  }

  return {
    create(json, onCommitted) {
      const id = ids.next<UserId>();
      enqueue({ run: () => insert.run(id, id, json), onCommitted });
    },
    changeMember(url, body, onCommitted) {
      const groupId = url.slice("/group/".length);
      const fields = toFields(JSON.parse(body));
      const [operation, userId] = [textOf(fields, "operation"), textOf(fields, "userId")];
      const isAdding = operation === "add";
      const change = isAdding ? addMember : removeMember;
      const run = (): void => {
        change.run(groupId, userId);
        changeGroup.run(isAdding ? 1 : -1, groupId);
      };
      enqueue({ run, onCommitted });
    },
  };
}
