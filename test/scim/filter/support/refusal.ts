import { ScimError } from "../../../../src/scim/error.ts";

/** The error that `act` is refused with; undefined when it is not. Any other error is thrown on. */
export function refusalOf(act: () => unknown): ScimError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
}
