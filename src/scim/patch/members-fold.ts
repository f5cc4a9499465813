import type { MembersPatch } from "./patch.ts";

/** A group's member operations, folded in their order into one change. Every step costs what it names. */
export interface MembersFold {
  add(ids: Iterable<string>): void;
  remove(ids: Iterable<string>): void;
  replace(ids: Iterable<string>): void;
  /** Undefined when nothing was asked for. */
  result(): MembersPatch | undefined;
}

export function createMembersFold(): MembersFold {
  /** All members, once the request has said who they are. */
  let members: Set<string> | undefined;
  const added = new Set<string>();
  const removed = new Set<string>();
  return {
    add(ids) {
      for (const id of ids) {
        removed.delete(id);
        (members ?? added).add(id);
      }
    },
    remove(ids) {
      for (const id of ids) {
        (members ?? added).delete(id);
        // Who is added and then removed may have been a member before.
        removed.add(id);
      }
    },
    replace(ids) {
      members = new Set(ids);
    },
    result() {
      if (members !== undefined) return { kind: "replace", members: [...members] };
      if (added.size === 0 && removed.size === 0) return undefined;
      return { kind: "delta", add: [...added], remove: [...removed] };
    },
  };
}
