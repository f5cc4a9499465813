/** The one table from errors to SCIM's (RFC 7644 section 3.12). What is not in it is a defect: logged here once, and not told. */
import { BodyCutOffError, BodyTooLargeError, type HttpResponse } from "../base/http.ts";
import type { Logger } from "../observability/logger.ts";
import { withoutTokens } from "../observability/redaction.ts";
import { ScimError } from "../scim/error.ts";
import { StorageError, type StorageFault, type UniqueKey } from "../storage/errors.ts";
import { answer, messages } from "./media.ts";

/** With headers, where the status asks for some. */
export class HttpError extends ScimError {
  readonly headers: HttpResponse["headers"];

  constructor(status: number, detail: string, headers: HttpResponse["headers"] = {}) {
    super(status, undefined, detail);
    this.name = "HttpError";
    this.headers = headers;
  }
}

export function methodNotAllowed(allowed: readonly string[]): HttpError {
  const allow = allowed.join(", ");
  return new HttpError(405, `this endpoint is called by ${allow}`, { allow });
}

/** The same text for what never existed, was deleted, and belongs to another directory. */
export function notFound(): HttpError {
  return new HttpError(404, "there is no such resource");
}

export function toScimError(thrown: unknown, requestId: string, logger: Logger): ScimError {
  if (thrown instanceof ScimError) return thrown;
  if (thrown instanceof BodyTooLargeError) {
    return new HttpError(413, "the request body is larger than this server takes");
  }
  // For the log alone: the client has left.
  if (thrown instanceof BodyCutOffError) return new HttpError(400, thrown.message);
  if (thrown instanceof StorageError) {
    if (thrown.fault.kind === "unavailable") {
      logger.warn({ err: thrown, requestId }, "the database was not available");
    }
    const known = fromFault(thrown.fault);
    if (known !== undefined) return known;
  }
  logger.error({ err: thrown, requestId }, "a SCIM request failed on a defect");
  return new HttpError(500, `internal error, request ${requestId}`);
}

function fromFault(fault: StorageFault): ScimError | undefined {
  switch (fault.kind) {
    case "not_found":
      // A configuration that was deleted since its token was looked at opens nothing any more.
      return fault.entity === "scim_configuration" ? unauthorized("invalid") : notFound();
    case "already_exists":
      return new ScimError(409, "uniqueness", taken(fault.key));
    case "link_refused":
      return new ScimError(
        409,
        "uniqueness",
        "emails: the address belongs to a member whom this directory did not make; verify the domain of the address " +
          "for the organization, or set allow_unverified_email_account_linking on the SCIM configuration",
      );
    case "last_admin":
      return new HttpError(
        409,
        "this is the organization's last active admin: give the role ADMIN to another member first",
      );
    case "too_many_members":
      return new ScimError(400, "tooMany", `members: a group has at most ${fault.max}`);
    case "unavailable":
      return new HttpError(503, "the database is not available at the moment: try again", {
        "retry-after": "1",
      });
    // What no operation of a directory answers.
    case "referenced":
    case "system_managed":
    case "directory_managed":
    case "deactivated":
    case "suspended":
    case "unproven_email":
    case "key_reused":
    case "already_made":
      return undefined;
  }
}

const owners: Readonly<Record<UniqueKey, string>> = {
  userName: "userName: another user of this directory has it; find them by a filter on userName",
  externalId: "externalId: another resource of this directory has it; find it by a filter on externalId",
  displayName: "displayName: another group of this directory has it; find it by a filter on displayName",
  email: "emails: another user of this organization's directories has the address",
};

function taken(key: UniqueKey | undefined): string {
  return key === undefined ? "another resource of this directory has the same unique value" : owners[key];
}

/** RFC 6750 section 3: a 401 says how to authenticate. */
export function unauthorized(reason: "missing" | "invalid"): HttpError {
  const detail =
    reason === "missing"
      ? "missing credentials: send the header `Authorization: Bearer <token>`"
      : "the token opens nothing here: it is unknown, expired, replaced, or of another kind";
  return new HttpError(401, detail, { "www-authenticate": 'Bearer realm="SCIM"' });
}

/** A detail may name an attribute as the request did, and what is in the place of a name may be a token. */
export function renderError(error: ScimError): string {
  return JSON.stringify({
    schemas: [messages.error],
    status: String(error.status),
    ...(error.scimType === undefined ? {} : { scimType: error.scimType }),
    detail: withoutTokens(error.message),
  });
}

export function answerError(error: ScimError): HttpResponse {
  return answer(error.status, renderError(error), error instanceof HttpError ? error.headers : {});
}
