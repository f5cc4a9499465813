/** Mutations by SCIM: what each should do, and the request that asks for it. */
import { bulkRequest } from "../../scim-http/support/bulk.ts";
import {
  createScimClient,
  patchOp,
  type ScimAnswer,
  type ScimClient,
} from "../../scim-http/support/client.ts";
import { listAt, textAt } from "../../scim-http/support/json.ts";
import { group, userSchema } from "../../scim-http/support/resources.ts";
import { absent, type Fields, memberList, membersIn } from "./model.ts";
import { type Call, change, creation, type ManyMutations, type Mutation, type Target } from "./mutations.ts";

/** A configuration with the token that opens it now. */
export interface Directory {
  readonly organizationId: string;
  readonly configurationId: string;
  readonly token: string;
}

/** A label is unique, and in every field of one change, so that half a change shows. */
export function createScimMutations(baseUrl: string, directory: Directory) {
  const { organizationId, configurationId } = directory;
  const scim = createScimClient(`${baseUrl}/scim/v2`, directory.token);
  const userCreation = (label: string) =>
    creation("user", organizationId, {
      ...userFields(label),
      email: emailOf(label),
      addresses: emailOf(label),
      status: "active",
      active: "1",
      configurationId,
    });
  const groupCreation = (label: string, emails: readonly string[]) =>
    creation("group", organizationId, { ...groupFields(label, emails), configurationId });

  return {
    createUser: (label: string): Mutation => ({
      ...userCreation(label),
      send: async (call) => {
        const answer = await request(scim, "POST", "/Users", userBody(label, emailOf(label)), call);
        return { id: textAt(answer.json, "id") };
      },
    }),
    replaceUser: (label: string, [id, user]: Target): Mutation => ({
      ...change("updated", [id, user], userFields(label)),
      send: (call) =>
        nothing(request(scim, "PUT", `/Users/${id}`, userBody(label, user.fields.email ?? ""), call)),
    }),
    patchUser: (label: string, [id, user]: Target): Mutation => ({
      ...change("updated", [id, user], describedAs(label)),
      send: (call) =>
        nothing(patch(scim, `/Users/${id}`, [{ op: "replace", value: described(label) }], call)),
    }),
    setActive: ([id, user]: Target, active: boolean): Mutation => {
      const fields = { active: active ? "1" : "0", status: active ? "active" : "suspended" };
      return {
        ...change(active ? "activated" : "deactivated", [id, user], fields),
        send: (call) => nothing(patch(scim, `/Users/${id}`, [{ op: "replace", value: { active } }], call)),
      };
    },
    deleteUser: (target: Target): Mutation => ({
      ...change("deleted", target),
      send: (call) => nothing(request(scim, "DELETE", `/Users/${target[0]}`, undefined, call)),
    }),

    createGroup: (label: string, members: readonly Target[]): Mutation => ({
      ...groupCreation(label, members.map(email)),
      send: async (call) => {
        const body = group(label, members.map(idOf), { externalId: label });
        return { id: textAt((await request(scim, "POST", "/Groups", body, call)).json, "id") };
      },
    }),
    replaceGroup: (label: string, target: Target, members: readonly Target[]): Mutation => ({
      ...change("updated", target, groupFields(label, members.map(email))),
      send: (call) => {
        const body = group(label, members.map(idOf), { externalId: label });
        return nothing(request(scim, "PUT", `/Groups/${target[0]}`, body, call));
      },
    }),
    /** One who is in the group goes, and one who is not comes. */
    exchangeMembers: (target: Target, gone: Target | undefined, come: Target): Mutation => {
      const stay = membersIn(target[1].fields.members).filter(
        (one) => gone === undefined || one !== email(gone),
      );
      const removal = gone === undefined ? [] : [{ op: "remove", path: `members[value eq "${gone[0]}"]` }];
      const operations = [...removal, { op: "add", path: "members", value: [{ value: come[0] }] }];
      return {
        ...change("members_changed", target, { members: memberList([...stay, email(come)]) }),
        send: (call) => nothing(patch(scim, `/Groups/${target[0]}`, operations, call)),
      };
    },
    deleteGroup: (target: Target): Mutation => ({
      ...change("deleted", target),
      send: (call) => nothing(request(scim, "DELETE", `/Groups/${target[0]}`, undefined, call)),
    }),

    /** Two users and a group of theirs come, one user changes, and one goes. */
    bulk: (label: string, changed: Target, gone: Target): ManyMutations => {
      const [first, second] = [`${label}-a`, `${label}-b`];
      const emails = [emailOf(first), emailOf(second)];
      return {
        asked: [
          userCreation(first),
          userCreation(second),
          groupCreation(label, emails),
          change("updated", changed, describedAs(label)),
          change("deleted", gone),
        ],
        send: async (call) => {
          const references = ["bulkId:a", "bulkId:b"];
          const operations = [
            { method: "POST", path: "/Users", bulkId: "a", data: userBody(first, emailOf(first)) },
            { method: "POST", path: "/Users", bulkId: "b", data: userBody(second, emailOf(second)) },
            {
              method: "POST",
              path: "/Groups",
              bulkId: "g",
              data: group(label, references, { externalId: label }),
            },
            {
              method: "PATCH",
              path: `/Users/${changed[0]}`,
              data: { schemas: [patchOp], Operations: [{ op: "replace", value: described(label) }] },
            },
            { method: "DELETE", path: `/Users/${gone[0]}` },
          ];
          const body = { schemas: [bulkRequest], Operations: operations };
          return learnedOf(await request(scim, "POST", "/Bulk", body, call), operations.length);
        },
      };
    },
  };
}

/** @throws for any operation that was not done */
function learnedOf(answer: ScimAnswer, count: number) {
  const results = listAt(answer.json, "Operations");
  if (results.length !== count || results.some((one) => !/^2/.test(textAt(one, "status")))) {
    throw new Error(`not all of the bulk was done: ${answer.text}`);
  }
  return results.map((one) => ({ id: textAt(one, "location").replace(/.*\//, "") }));
}

async function request(scim: ScimClient, method: string, path: string, body: unknown, { headers }: Call) {
  const answer = await scim.send(method, path, body === undefined ? { headers } : { body, headers });
  if (answer.status < 200 || answer.status > 299) {
    throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text}`);
  }
  return answer;
}

function patch(scim: ScimClient, path: string, operations: readonly unknown[], call: Call) {
  return request(scim, "PATCH", path, { schemas: [patchOp], Operations: operations }, call);
}

async function nothing(answer: Promise<unknown>) {
  await answer;
  return {};
}

const emailOf = (label: string): string => `${label}@example.com`;
const email = ([, { fields }]: Target): string => fields.email ?? absent;
const idOf = ([id]: Target): string => id;

function described(label: string) {
  return { displayName: label, title: label };
}

function describedAs(label: string): Fields {
  return { displayName: label, title: label, fullName: label };
}

function userFields(label: string): Fields {
  return { ...describedAs(label), userName: label, externalId: label };
}

function userBody(label: string, address: string) {
  const emails = [{ value: address, type: "work", primary: true }];
  return { schemas: [userSchema], userName: label, externalId: label, emails, ...described(label) };
}

function groupFields(label: string, emails: readonly string[]): Fields {
  return { name: label, nameInDocument: label, externalId: label, members: memberList(emails) };
}
