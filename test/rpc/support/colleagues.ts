/** People of an organization, as lists are tested with them: each differs in what its test is about. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type ListMembersRequestSchema,
  type ListMembersResponse,
  OrganizationService,
} from "../../../gen/gitpod/v1/organization_pb.ts";
import { foldCase } from "../../../src/base/fold.ts";
import type { UserId } from "../../../src/base/ids.ts";
import type { MemberStatus, Role } from "../../../src/storage/records.ts";
import type { TestServer, TestTenant } from "../../support/server.ts";
import { present } from "./expect.ts";

export interface Colleague {
  readonly fullName?: string;
  readonly email?: string;
  readonly avatarUrl?: string;
  readonly role?: Role;
  readonly status?: MemberStatus;
  readonly loginProvider?: string;
  readonly memberSinceMs?: number;
}

/** A new member without a token: the user id. */
export function addColleague(
  server: TestServer,
  { organizationId }: TestTenant,
  colleague: Colleague = {},
): string {
  const userId = server.app.context.ids.next<UserId>();
  const {
    fullName = "A Person",
    email = `${userId}@example.com`,
    role = "member",
    status = "active",
  } = colleague;
  const memberSinceMs = colleague.memberSinceMs ?? server.clock.nowMs();
  server.sql(
    `INSERT INTO members (organization_id, user_id, email, email_fold, full_name, full_name_fold, avatar_url, role,
       status, login_provider, member_since, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[
      organizationId,
      userId,
      email,
      foldCase(email),
      fullName,
      foldCase(fullName),
      colleague.avatarUrl ?? "",
    ],
    ...[role, status, colleague.loginProvider ?? "builtin", memberSinceMs, memberSinceMs],
  );
  return userId;
}

/** Many of them in one statement: members number 1 to `count`, with the number in id, name and email. */
export function addManyColleagues(server: TestServer, { organizationId }: TestTenant, count: number): void {
  server.sql(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
     INSERT INTO members (organization_id, user_id, email, email_fold, full_name, full_name_fold, avatar_url, role,
       status, login_provider, member_since, updated_at)
     SELECT ?, substr(?, 1, 24) || printf('%012x', n), 'n' || n || '@many.example', 'n' || n || '@many.example',
       'Number ' || n, 'number ' || n, '', 'member', 'active', 'many', n, n FROM numbers`,
    ...[count, organizationId, organizationId],
  );
}

export interface People {
  readonly tenant: TestTenant;
  /** The user id of who is called so. */
  idOf(fullName: string): string;
}

/** An organization whose people join one after the other, after its admin. They are keyed by full name. */
export async function createPeople(
  server: TestServer,
  colleagues: Readonly<Record<string, Colleague>>,
): Promise<People> {
  const tenant = await server.tenant();
  const ids = new Map<string, string>();
  for (const [fullName, colleague] of Object.entries(colleagues)) {
    server.clock.advance(1);
    ids.set(fullName, addColleague(server, tenant, { fullName, ...colleague }));
  }
  return { tenant, idOf: (fullName) => present(ids.get(fullName)) };
}

/** The admin of every organization of a test, who is called as their email is. */
export const adminName = "person@example.com";

export type MemberListRequest = Omit<
  MessageInitShape<typeof ListMembersRequestSchema>,
  "organizationId" | "$typeName"
>;

export function listMembers(
  server: TestServer,
  { organizationId, token }: TestTenant,
  request: MemberListRequest = {},
): Promise<ListMembersResponse> {
  return server.client(OrganizationService, { token }).listMembers({ ...request, organizationId });
}

export function namesOn({ members }: ListMembersResponse): string[] {
  return members.map(({ fullName }) => fullName);
}
