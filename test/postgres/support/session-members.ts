/** The part of the scripted session in which people join, are suspended, leave and go, and creations are sent again. */
import { textAt } from "./instances.ts";
import type { Session } from "./session.ts";

const org = "OrganizationService";
const user = "UserService";
const absent = "01890000-0000-7000-8000-000000000000";

/** @param person the admin of another organization */
export async function runMembersSession(
  { call }: Session,
  organizationId: string,
  person: { readonly userId: string; readonly organizationId: string },
): Promise<void> {
  const token = textAt(await call(`${user}/CreatePersonalAccessToken`, { userId: person.userId }), "token");
  await call(`${org}/GetOrganizationInvite`, { organizationId });
  const invites: string[] = [];
  for (const key of ["invite-1", "invite-2", "invite-2"]) {
    const made = await call(`${org}/CreateOrganizationInvite`, { organizationId }, undefined, key);
    invites.push(textAt(made, "invite.inviteId"));
  }
  for (const inviteId of [...invites, absent]) {
    await call(`${org}/GetOrganizationInviteSummary`, { inviteId }, token);
    await call(`${org}/JoinOrganization`, { inviteId }, token, `join-${inviteId}`);
    await call(`${org}/JoinOrganization`, { inviteId }, token, `join-${inviteId}`);
  }
  for (const id of [organizationId, person.organizationId, absent]) {
    await call(`${org}/JoinOrganization`, { organizationId: id }, token);
  }
  await call(`${org}/JoinOrganization`, {}, token);
  const { text } = await call(`${org}/ListMembers`, { organizationId });
  const userId = /"userId":"([^"]+)"/.exec(text)?.[1];
  for (const suspended of [true, true, false]) {
    await call(`${user}/SetSuspended`, { userId, suspended });
    await call(`${user}/GetUser`, { userId });
    await call(`${org}/JoinOrganization`, { inviteId: invites.at(-1) }, token);
  }
  await call(`${org}/LeaveOrganization`, { userId }, token);
  for (const method of [`${org}/LeaveOrganization`, `${user}/DeleteUser`]) {
    await call(method, { userId: person.userId });
    await call(method, { userId });
    await call(`${user}/GetUser`, { userId });
  }
  await call(`${org}/LeaveOrganization`, { userId: person.userId }, token);
  for (let count = 0; count < 2; count += 1) {
    await call(`${user}/CreatePersonalAccessToken`, { userId: person.userId }, undefined, "a-token");
    await call(`${org}/CreateOrganization`, { name: "Under a key" }, undefined, "an-organization");
    await call(`${org}/CreateOrganization`, { name: "Under another" }, undefined, "a-token");
  }
}
