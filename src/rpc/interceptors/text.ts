import type { Message } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { DomainError } from "../../domain/errors.ts";

/**
 * Refuses text that cannot be stored and given back as it is: the NUL character, which PostgreSQL has no place
 * for, and lone surrogates, which JSON can spell and UTF-8 cannot.
 */
export const textInterceptor: Interceptor = (next) => async (req) => {
  if (!req.stream) checkMessage(req.message, "");
  return await next(req);
};

function checkMessage(message: Message, path: string): void {
  for (const [name, value] of Object.entries(message)) {
    if (!name.startsWith("$")) checkValue(value, path === "" ? name : `${path}.${name}`);
  }
}

function checkValue(value: unknown, path: string): void {
  if (typeof value === "string") checkText(value, path);
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) checkValue(item, `${path}[${index}]`);
  else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value))
    checkObject(value, path);
}

/** A message; or a oneof or a map, whose keys are text as well, and in a map the client's: no part of a path. */
function checkObject(value: object, path: string): void {
  const isMessage = "$typeName" in value;
  for (const [key, item] of Object.entries(value)) {
    if (isMessage && key.startsWith("$")) continue;
    checkText(key, path);
    checkValue(item, isMessage ? `${path}.${key}` : path);
  }
}

function checkText(text: string, path: string): void {
  if (text.includes("\0"))
    throw new DomainError("invalid_argument", `${toSnakeCase(path)}: must not contain NUL`);
  if (!text.isWellFormed()) {
    throw new DomainError("invalid_argument", `${toSnakeCase(path)}: must be valid Unicode text`);
  }
}

function toSnakeCase(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
