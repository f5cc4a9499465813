import { isUtf8 } from "node:buffer";
import { badRequest } from "../scim/error.ts";
import { isJsonObject, type JsonObject } from "../scim/json.ts";
import { parseJson } from "../scim/parse-json.ts";
import { HttpError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { isJsonMediaType, scimMediaType } from "./media.ts";

/** The request's body, which every message of SCIM has as a JSON object. @throws ScimError 400, 413, 415 */
export async function readObject({ request, settings }: Exchange): Promise<JsonObject> {
  if (!isJsonMediaType(request.header("content-type"))) {
    throw new HttpError(415, `send Content-Type ${scimMediaType} or application/json`);
  }
  const encoding = request.header("content-encoding")?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== "" && encoding !== "identity") {
    throw new HttpError(415, "send the body without a Content-Encoding");
  }
  const bytes = await request.readBody(settings.bodyMaxBytes);
  // Decoded with replacement characters, it would be stored as what nobody sent.
  if (!isUtf8(bytes)) throw badRequest("invalidSyntax", "the body is not UTF-8");
  const body = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  if (!isJsonObject(body)) throw badRequest("invalidSyntax", "the body is not a JSON object");
  return body;
}
