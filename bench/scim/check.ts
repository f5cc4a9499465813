/** Before anything is measured: every call is answered with what it should be, or the numbers would be of something else. */
import { type Fields, listOf, numberOf, textOf, toFields } from "../processes/fields.ts";
import { bulkOperations, pageSize } from "./calls.ts";
import { callTitles, nameOf, rowTitle, type ScimCase } from "./cases.ts";
import { loadCallOf, type ScimBench, siteOf } from "./sites.ts";

/** @throws Error that names the call */
export async function checkAnswers(bench: ScimBench, items: readonly ScimCase[]): Promise<void> {
  for (const item of items) {
    const { body } = await ask(bench, item);
    try {
      checkBody(item, body);
    } catch (error) {
      throw new Error(`${nameOf(item)}: ${String(error)}: ${body.slice(0, 300)}`);
    }
  }
}

async function ask(bench: ScimBench, item: ScimCase): Promise<{ readonly body: string }> {
  const call = loadCallOf(siteOf(bench.sites, item.users), item);
  try {
    return { body: textOf(await bench.load.ask("call", { call }), "body") };
  } catch (error) {
    throw new Error(`${callTitles[item.call]}: ${rowTitle(item)}: ${String(error)}`);
  }
}

function checkBody({ call, server }: ScimCase, body: string): void {
  if (call === "member") return;
  const answer = toFields(JSON.parse(body));
  switch (call) {
    case "discovery":
      expect(answer.patch !== undefined, "not what the server can do");
      return;
    case "get":
      expect(textOf(answer, "id") !== "", "no user");
      return;
    case "create":
      expect(textOf(answer, "userName") !== "", "no user");
      return;
    case "filter":
      if (server === "service") expect(numberOf(answer, "totalResults") === 1, "not one user");
      return;
    case "bulk":
      checkBulk(answer);
      return;
    default:
      expect(resourcesOf(answer) === pageSize, "not a whole page");
      if (call === "last page by cursor") expect(answer.nextCursor === undefined, "not the last page");
  }
}

function checkBulk(answer: Fields): void {
  const statuses = listOf(answer, "Operations", (operation) => textOf(operation, "status"));
  expect(statuses.length === bulkOperations, "not all operations");
  expect(
    statuses.every((status) => status === "201"),
    "not all were created",
  );
}

function resourcesOf(answer: Fields): number {
  return listOf(answer, "Resources", (resource) => textOf(resource, "id")).length;
}

function expect(isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(otherwise);
}
