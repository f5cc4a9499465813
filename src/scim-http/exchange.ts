import type { HttpRequest } from "../base/http.ts";
import type { DomainContext } from "../domain/context.ts";
import type { DirectoryCaller } from "../domain/directory/caller.ts";
import type { ScimError } from "../scim/error.ts";

export interface ScimSettings {
  readonly bodyMaxBytes: number;
  /** PUT, PATCH and DELETE without If-Match answer 428. */
  readonly requireIfMatch: boolean;
}

/** One request of a provider whose token opened its directory. */
export interface Exchange {
  readonly context: DomainContext;
  readonly caller: DirectoryCaller;
  readonly settings: ScimSettings;
  readonly request: HttpRequest;
  readonly query: URLSearchParams;
  /** The URL of the SCIM server, without a trailing slash. */
  readonly base: string;
  /** What became of a part of the request, for one that has parts. */
  toError(thrown: unknown): ScimError;
}
