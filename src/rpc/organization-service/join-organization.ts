import type { MessageShape } from "@bufbuild/protobuf";
import type {
  JoinOrganizationRequestSchema,
  OrganizationService,
} from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { DomainError } from "../../domain/errors.ts";
import { joinOrganization } from "../../domain/joining.ts";
import type { JoinWay } from "../../storage/storage.ts";
import type { Call } from "../call.ts";
import { toOrganizationMember } from "../convert/member.ts";
import type { Handler } from "../endpoint.ts";

export const joinOrganizationHandler: Handler<
  typeof OrganizationService.method.joinOrganization,
  Call
> = async (context, request, call) => ({
  member: toOrganizationMember(await joinOrganization(context, call, wayOf(request))),
});

function wayOf({ joinId }: MessageShape<typeof JoinOrganizationRequestSchema>): JoinWay {
  switch (joinId.case) {
    case "inviteId":
      return { kind: "invite", inviteId: parseId(joinId.value) };
    case "organizationId":
      return { kind: "domain", organizationId: parseId(joinId.value) };
    case undefined:
      throw new DomainError("invalid_argument", "invite_id: needed, or organization_id");
  }
}
