/** What tests say about answers again and again. */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { isReflectMessage, type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect } from "vitest";

/** The error that the call is answered with. A call that succeeds fails the test. */
export async function rejection(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("the call was expected to fail, and succeeded");
}

export async function expectCode(call: Promise<unknown>, code: Code): Promise<ConnectError> {
  const error = await rejection(call);
  expect(`${Code[error.code]}: ${error.rawMessage}`).toMatch(new RegExp(`^${Code[code]}: `));
  return error;
}

/** The value, which the test cannot go on without. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a value was expected, and is missing");
  return value;
}

const validator = createValidator();
const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The response keeps the rules that the proto states for it, and every id in it is a UUID of version 7. */
export function expectConforming<Desc extends DescMessage>(desc: Desc, message: MessageShape<Desc>): void {
  const result = validator.validate(desc, message);
  expect(result.kind === "valid" ? [] : [String(result.error)]).toEqual([]);
  for (const id of idsOf(reflect(desc, message))) expect(id).toMatch(uuidV7);
}

/** The values of all fields named `id` or `…_id`, at any depth; the client id is the provider's and no id of ours. */
function idsOf(message: ReflectMessage): string[] {
  return message.fields.flatMap((field): string[] => {
    if (!message.isSet(field)) return [];
    if (field.fieldKind === "message") return idsOf(message.get(field));
    if (field.fieldKind === "list" && field.listKind === "message") {
      return [...message.get(field)].flatMap((item) => (isReflectMessage(item) ? idsOf(item) : []));
    }
    const value = message.get(field);
    const isId = /(?:^|_)id$/.test(field.name) && field.name !== "client_id";
    return isId && typeof value === "string" ? [value] : [];
  });
}
