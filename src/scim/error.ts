/** What SCIM refuses, as RFC 7644 section 3.12 and RFC 9865 section 4.2 name it. Pure: `scim-http/` renders it. */

export type ScimType =
  | "invalidFilter"
  | "tooMany"
  | "uniqueness"
  | "mutability"
  | "invalidSyntax"
  | "invalidPath"
  | "noTarget"
  | "invalidValue"
  | "invalidVers"
  | "sensitive"
  | "invalidCursor"
  | "expiredCursor"
  | "invalidCount";

/** The detail is public: it names the attribute and the remedy, and repeats no value of the request. */
export class ScimError extends Error {
  readonly status: number;
  readonly scimType: ScimType | undefined;

  constructor(status: number, scimType: ScimType | undefined, detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.name = "ScimError";
    this.status = status;
    this.scimType = scimType;
  }
}

/** 400 with a scimType, which is what nearly every refusal of a request's content is. */
export function badRequest(scimType: ScimType, detail: string): ScimError {
  return new ScimError(400, scimType, detail);
}
