import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { countMembers, listMembers } from "../../domain/members.ts";
import type { MemberPosition, MemberSort } from "../../storage/storage.ts";
import type { ScopedCall } from "../call.ts";
import { toCount, toMemberFilter, toMemberSort, toOrganizationMember } from "../convert/member.ts";
import type { Handler } from "../endpoint.ts";
import { type PositionText, paginateFrom } from "../paging.ts";

export const listMembersHandler: Handler<typeof OrganizationService.method.listMembers, ScopedCall> = async (
  context,
  request,
  { principal, organizationId },
) => {
  const filter = toMemberFilter(request.filter);
  const sort = toMemberSort(request.sort);
  const { items, pagination } = await paginateFrom(
    context.keyring,
    ["members", principal.id, organizationId, JSON.stringify(filter), JSON.stringify(sort)],
    request.pagination,
    positionsOf(sort),
    (after, limit) => listMembers(context, organizationId, { filter, sort, after, limit }),
  );
  const members = items.map(toOrganizationMember);
  if (request.count?.include !== true) return { pagination, members };
  return { pagination, members, count: toCount(await countMembers(context, organizationId, filter)) };
};

const idLength = 36;

function positionsOf({ by }: MemberSort): PositionText<MemberPosition> {
  return {
    write: ({ key, id }) => `${id}${key}`,
    read(text) {
      const key = text.slice(idLength);
      return { id: parseId(text.slice(0, idLength)), key: by === "name" ? key : Number(key) };
    },
  };
}
