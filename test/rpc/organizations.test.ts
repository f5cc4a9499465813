import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Organization,
  OrganizationService,
  OrganizationTier,
} from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { awkwardNames } from "./support/awkward.ts";
import { expectCode, present } from "./support/expect.ts";
import { actionsOf, fieldOf, send } from "./support/raw.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const operator = () => server.client(OrganizationService, { token: server.operatorToken });
const as = ({ token }: TestTenant) => server.client(OrganizationService, { token });

async function get(tenant: TestTenant): Promise<Organization> {
  const { organization } = await as(tenant).getOrganization({ organizationId: tenant.organizationId });
  return present(organization);
}

function organizationCount(): number {
  return server.rows("SELECT id FROM organizations").length;
}

describe("CreateOrganization", () => {
  it("answers with what it stored: the name, the tier, the time, and no invite domains", async () => {
    const { organization, member } = await operator().createOrganization({ name: "Acme" });
    expect(organization).toMatchObject({ name: "Acme", tier: OrganizationTier.ENTERPRISE });
    expect(timestampMs(present(organization?.createdAt))).toBe(server.clock.nowMs());
    expect(organization?.updatedAt).toEqual(organization?.createdAt);
    expect(organization?.inviteDomains).toBeUndefined();
    expect(member).toBeUndefined();
    const again = await operator().getOrganization({ organizationId: present(organization).id });
    expect(again.organization).toEqual(organization);
  });

  it("makes two organizations of the same name", async () => {
    const one = await operator().createOrganization({ name: "Twice" });
    const two = await operator().createOrganization({ name: "Twice" });
    expect(one.organization?.id).not.toBe(two.organization?.id);
  });

  it("is the operator's alone", async () => {
    const call = as(await server.tenant()).createOrganization({ name: "Mine" });
    await expectCode(call, Code.PermissionDenied);
  });

  it.each(["joinOrganization", "inviteAccountsWithMatchingDomain"] as const)(
    "refuses %s to the operator, who is no person, names the field and creates nothing",
    async (field) => {
      const before = organizationCount();
      const call = operator().createOrganization({ name: "Nobody", [field]: true });
      const { rawMessage } = await expectCode(call, Code.FailedPrecondition);
      const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      expect(rawMessage).toMatch(new RegExp(`^${name}: `));
      expect(organizationCount()).toBe(before);
    },
  );
});

describe("an organization's name", () => {
  it.each(awkwardNames.map((name) => [name]))("comes back byte for byte: %j", async (name) => {
    const { organization } = await operator().createOrganization({ name });
    expect(organization?.name).toBe(name);
    const tenant = await server.tenant();
    const renamed = await as(tenant).updateOrganization({ organizationId: tenant.organizationId, name });
    expect(renamed.organization?.name).toBe(name);
    expect((await get(tenant)).name).toBe(name);
  });

  it.each(["a\0b", "\ud800 alone", "alone \udfff"])(
    "is refused when it could not come back: %j",
    async (name) => {
      // Raw, because the clients cannot send a lone surrogate.
      const answer = await send(server, "/gitpod.v1.OrganizationService/CreateOrganization", {
        token: server.operatorToken,
        body: { name },
      });
      expect(fieldOf(answer, "code")).toBe("invalid_argument");
      expect(fieldOf(answer, "message")).toMatch(/^name: /);
    },
  );

  it("cannot be made empty, since every organization has one", async () => {
    const tenant = await server.tenant();
    const call = as(tenant).updateOrganization({ organizationId: tenant.organizationId, name: "" });
    const { rawMessage } = await expectCode(call, Code.InvalidArgument);
    expect(rawMessage).toMatch(/^name: /);
  });
});

describe("UpdateOrganization", () => {
  async function prepared() {
    const tenant = await server.tenant({ name: "Before" });
    const { organizationId } = tenant;
    await as(tenant).updateOrganization({
      organizationId,
      inviteDomains: { domains: ["a.example", "b.example"] },
    });
    const before = await get(tenant);
    server.clock.advance(1000);
    return { tenant, organizationId, before };
  }

  it("changes the name and leaves the invite domains", async () => {
    const { tenant, organizationId, before } = await prepared();
    const { organization } = await as(tenant).updateOrganization({ organizationId, name: "After" });
    expect(organization).toEqual({ ...before, name: "After", updatedAt: organization?.updatedAt });
    expect(timestampMs(present(organization?.updatedAt))).toBe(server.clock.nowMs());
    expect(await get(tenant)).toEqual(organization);
  });

  it("replaces the invite domains as a whole and leaves the name", async () => {
    const { tenant, organizationId } = await prepared();
    const { organization } = await as(tenant).updateOrganization({
      organizationId,
      inviteDomains: { domains: ["c.example"] },
    });
    expect(organization?.name).toBe("Before");
    expect(organization?.inviteDomains?.domains).toEqual(["c.example"]);
  });

  it("clears the invite domains when they are present without any", async () => {
    const { tenant, organizationId } = await prepared();
    const { organization } = await as(tenant).updateOrganization({ organizationId, inviteDomains: {} });
    expect(organization?.inviteDomains).toBeUndefined();
    expect((await get(tenant)).inviteDomains).toBeUndefined();
  });

  it("keeps created_at, whatever changes", async () => {
    const { tenant, organizationId, before } = await prepared();
    await as(tenant).updateOrganization({ organizationId, name: "After" });
    expect((await get(tenant)).createdAt).toEqual(before.createdAt);
  });

  it.each([
    ["nothing", {}],
    ["the present values", { name: "Before", inviteDomains: { domains: ["a.example", "b.example"] } }],
  ])("changes nothing, neither updated_at nor the audit log, for %s", async (_what, update) => {
    const { tenant, organizationId, before } = await prepared();
    const actions = await actionsOf(server, organizationId);
    const { organization } = await as(tenant).updateOrganization({ organizationId, ...update });
    expect(organization).toEqual(before);
    expect(await get(tenant)).toEqual(before);
    expect(await actionsOf(server, organizationId)).toEqual(actions);
  });

  it("takes the order of the invite domains as part of them", async () => {
    const { tenant, organizationId } = await prepared();
    const domains = ["b.example", "a.example"];
    const { organization } = await as(tenant).updateOrganization({
      organizationId,
      inviteDomains: { domains },
    });
    expect(organization?.inviteDomains?.domains).toEqual(domains);
  });
});
