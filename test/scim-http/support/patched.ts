/** A user to be patched. */
import type { ScimAnswer } from "./client.ts";
import type { Directory, ScimServer } from "./directory.ts";
import { expectError, expectUnchanged } from "./expect.ts";
import { createUser, fullUser } from "./resources.ts";

export interface Patched extends Directory {
  readonly id: string;
  readonly path: string;
  patch(...operations: readonly unknown[]): Promise<ScimAnswer>;
}

/** Alone in a directory, with `more` in place of what everybody has. */
export async function patchedUser(
  { directory }: ScimServer,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Patched> {
  const own = await directory();
  const id = await createUser(own.scim, fullUser("ada", more));
  const path = `/Users/${id}`;
  return { ...own, id, path, patch: (...operations) => own.scim.patch(path, operations) };
}

/** With that scimType, and nothing changes. */
export async function expectRefused(
  patched: Patched,
  operations: readonly unknown[],
  scimType: string,
): Promise<void> {
  await expectUnchanged(patched.scim, patched.path, async () => {
    expectError(await patched.patch(...operations), 400, scimType);
  });
}
