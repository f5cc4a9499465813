/** HTTP as the rooms behind the listener see it: whatever carried it is the listener's business. */

export interface HttpRequest {
  readonly method: string;
  /** As it was sent, without the question mark. */
  readonly query: string;
  /** `scheme://authority` under which the client reached us; undefined for an authority that is none. */
  readonly origin: string | undefined;
  /** By lower-case name; several of one name joined by commas. */
  header(name: string): string | undefined;
  /** The whole body, to be called once. @throws BodyTooLargeError */
  readBody(maxBytes: number): Promise<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | BodyPieces | undefined;
}

/**
 * A body that is made as the client takes it. What is thrown cuts the response off. Whoever is given it disposes of it, whether or
 * not they have taken any of it: what it is made from may be held for it.
 */
export type BodyPieces = AsyncIterable<string> & AsyncDisposable;

export class BodyTooLargeError extends Error {
  constructor() {
    super("the request body is too large");
    this.name = "BodyTooLargeError";
  }
}

/** The client left before its request was complete: nobody is left to be answered. */
export class BodyCutOffError extends Error {
  constructor(options?: { cause?: unknown }) {
    super("the request body was cut off", options);
    this.name = "BodyCutOffError";
  }
}
