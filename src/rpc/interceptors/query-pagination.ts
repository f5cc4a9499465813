import { create, type DescField, type DescMessage, isMessage, type Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import type { Interceptor } from "@connectrpc/connect";
import { PaginationRequestSchema } from "../../../gen/gitpod/v1/pagination_pb.ts";
import { DomainError } from "../../domain/errors.ts";

/**
 * The REST-style SDKs send the first page's body again and ask for the next one in the URL, `?token=…&pageSize=…`.
 * The query wins over the body.
 */
export const queryPaginationInterceptor: Interceptor = (next) => async (req) => {
  const mark = req.url.indexOf("?");
  if (mark === -1 || req.stream) return await next(req);
  const field = paginationFieldOf(req.method.input);
  if (field !== undefined) applyQuery(new URLSearchParams(req.url.slice(mark)), field, req.message);
  return await next(req);
};

function paginationFieldOf(message: DescMessage): DescField | undefined {
  return message.fields.find(
    (field) => field.fieldKind === "message" && field.message.typeName === PaginationRequestSchema.typeName,
  );
}

function applyQuery(query: URLSearchParams, field: DescField, message: Message): void {
  const token = query.get("token");
  const pageSize = query.get("pageSize");
  if (token === null && pageSize === null) return;
  const request = reflectOf(field, message);
  const pagination = currentPagination(request, field);
  if (token !== null) pagination.token = token;
  if (pageSize !== null) pagination.pageSize = parsePageSize(pageSize);
  request.set(field, reflect(PaginationRequestSchema, pagination));
}

function reflectOf(field: DescField, message: Message): ReflectMessage {
  return reflect(field.parent, message);
}

function currentPagination(request: ReflectMessage, field: DescField) {
  const current = request.get(field);
  const message =
    typeof current === "object" && current !== null && "message" in current ? current.message : undefined;
  return isMessage(message, PaginationRequestSchema) ? message : create(PaginationRequestSchema);
}

/** The bounds are the proto's: validation runs after this. */
function parsePageSize(text: string): number {
  const size = /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
  if (size === undefined)
    throw new DomainError("invalid_argument", "pagination.page_size: the URL's pageSize is not a number");
  return size;
}
