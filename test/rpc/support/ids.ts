/** The fields of requests that name resources, and what they name. */
import { clone, type Message } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { Rule } from "../../../src/rpc/endpoint.ts";
import type { BuiltMethod } from "./methods.ts";
import { assign, type RuleCase, rulesOf } from "./rules.ts";
import type { World } from "./world.ts";

type Kind = Extract<Rule, { kind: "organization" }>["of"];

export interface IdField {
  /** As in `filter.user_ids[0]`. */
  readonly path: string;
  readonly kind: Kind;
  /** The one by which the method finds the organization that it acts in. */
  readonly decides: boolean;
  readonly fields: RuleCase["fields"];
}

const kinds: Readonly<Record<string, Kind>> = {
  organization_id: "organization",
  user_id: "user",
  user_ids: "user",
  sso_configuration_id: "sso_configuration",
  scim_configuration_id: "scim_configuration",
  personal_access_token_id: "personal_access_token",
  group_id: "group",
  group_ids: "group",
  exclude_group_ids: "group",
  membership_id: "group_membership",
  domain_verification_id: "domain_verification",
  actor_ids: "user",
  subject_ids: "user",
};

/** Fields whose name alone does not tell. */
const kindsByPath: Readonly<Record<string, Kind>> = {
  id: "group",
  "subject.id": "user",
  // Of a resource that this service does not have: whatever has the id makes no difference.
  "filter.exclude_assigned_to_resource.resource_id": "organization",
};

/** Names nothing: it lets in whoever knows it. */
const inviteField = "invite_id";

/** @throws for an id field of a kind that is not known here */
export function idFieldsOf({ method, endpoint: { rule }, name }: BuiltMethod): IdField[] {
  return rulesOf(method.input)
    .filter((each) => each.rule === "string.uuid" && each.path !== inviteField)
    .map(({ path, fields }) => {
      const kind = kindsByPath[path] ?? kinds[fields.at(-1)?.name ?? ""];
      if (kind === undefined) throw new Error(`${name}: what does ${path} name?`);
      const isFirst = rule.kind === "own" || (rule.kind === "organization" && rule.of === kind);
      const decides = isFirst && fields.length === 1;
      return { path, kind, decides, fields };
    });
}

/** The world's resource of that kind. */
export function idIn(world: World, kind: Kind): string {
  switch (kind) {
    case "organization":
      return world.organizationId;
    case "user":
      return world.member.userId;
    case "sso_configuration":
      return world.freeSsoConfigurationId;
    case "scim_configuration":
      return world.scimConfigurationId;
    case "personal_access_token":
      return world.personalAccessTokenId;
    case "group":
      return world.groupId;
    case "group_membership":
      return world.ownMembershipId;
    case "domain_verification":
      return world.domainVerificationId;
    case "organization_invite":
      return world.inviteId;
  }
}

/** The request with another id in that field. */
export function withId({ method }: BuiltMethod, request: Message, { fields }: IdField, id: string): Message {
  const copy = clone(method.input, request);
  assign(reflect(method.input, copy), fields, id);
  return copy;
}
