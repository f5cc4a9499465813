/** What an installation has from its first start: its operator, and the key that its secrets are sealed with. */

import type { OperatorId } from "../base/ids.ts";
import { mintToken } from "../keys/token-format.ts";
import type { DomainContext } from "./context.ts";
import type { Operator } from "./principal.ts";

/** The database was made with another key: one line for the operator, who must act. */
export class WrongKeyError extends Error {
  constructor() {
    super(
      "the encryption key is not the one that this database was created with: set the right ENCRYPTION_KEY, or restore the key file",
    );
    this.name = "WrongKeyError";
  }
}

/** @throws WrongKeyError before anything is done with a key that opens nothing here */
export async function openInstallation({ storage, keyring, ids }: DomainContext): Promise<Operator> {
  const check = await storage.instance.keyCheck(keyring.check);
  if (check !== keyring.check) throw new WrongKeyError();
  return { kind: "operator", id: await storage.instance.operatorId(ids.next<OperatorId>()) };
}

/**
 * The operator token, to be shown this once; undefined when there is one already.
 * With `replace`, the previous one is dead once this resolves.
 */
export async function issueOperatorToken(
  { storage, keyring }: DomainContext,
  options: { readonly replace: boolean },
): Promise<string | undefined> {
  const token = mintToken("op");
  const issued = await storage.instance.setOperatorTokenHash(keyring.hashToken(token), options);
  return issued ? token : undefined;
}
