/** A domain that is verified by RPC lets SCIM link the members who have its addresses, for as long as it is verified. */
import { describe, expect, it } from "vitest";
import type { DomainVerification } from "../../gen/gitpod/v1/organization_pb.ts";
import { present } from "../rpc/support/expect.ts";
import { createScimClient, type ScimClient } from "./support/client.ts";
import { scimPath, scimServer } from "./support/directory.ts";
import { expectError, expectOk } from "./support/expect.ts";
import { createConfiguration, type Management, managementOf, membersOf } from "./support/management.ts";
import { createUser, minimalUser } from "./support/resources.ts";

const { running, directory } = scimServer();

async function verify(
  { organizations }: Management,
  organizationId: string,
  domain: string,
): Promise<DomainVerification> {
  const claimed = await organizations.createDomainVerification({ organizationId, domain });
  const { id, domain: name, verificationToken } = present(claimed.domainVerification);
  running().dns.set(`_orgsvc-challenge.${name}`, [verificationToken]);
  const { domainVerification } = await organizations.verifyDomain({ domainVerificationId: id });
  return present(domainVerification);
}

const userOf = (email: string) =>
  minimalUser("a-user", { displayName: "A User", emails: [{ value: email }] });

describe("a member whose address has a verified domain", () => {
  it("is linked, and keeps email and role; without the verification nobody else is", async () => {
    const management = managementOf(running());
    const { organizationId, userId } = await running().tenant();
    const connect = async (): Promise<ScimClient> => {
      const { token } = await createConfiguration(management, organizationId, "Sync");
      return createScimClient(running().url + scimPath, token);
    };
    const [first, second] = [await connect(), await connect()];
    expectError(await first.post("/Users", userOf("Person@Example.com")), 409, "uniqueness");
    const { organizations } = management;
    const claimed = await organizations.createDomainVerification({ organizationId, domain: "example.com" });
    expectError(await first.post("/Users", userOf("Person@Example.com")), 409, "uniqueness");
    const { id, verificationToken } = present(claimed.domainVerification);
    running().dns.set("_orgsvc-challenge.example.com", [verificationToken]);
    await organizations.verifyDomain({ domainVerificationId: id });
    expectOk(await first.post("/Users", userOf("Person@Example.com")), 201, { id: userId });
    expect(await membersOf(management, organizationId)).toMatchObject([
      { id: userId, email: "person@example.com", role: "admin", status: "active" },
    ]);
    await organizations.deleteDomainVerification({ domainVerificationId: id });
    expectError(await second.post("/Users", userOf("person@example.com")), 409, "uniqueness");
    expectOk(await first.get(`/Users/${userId}`), 200, { id: userId });
  });

  it("is not linked by a domain above or below it, nor by another organization's", async () => {
    const [here, elsewhere] = [await directory(), await directory()];
    const { management, organizationId } = here;
    const email = "ada@mail.above.example";
    await createUser(here.scim, userOf(email));
    const other = await here.sibling();
    for (const domain of ["above.example", "below.mail.above.example"]) {
      await verify(management, organizationId, domain);
    }
    await verify(management, elsewhere.organizationId, "mail.above.example");
    expectError(await other.scim.post("/Users", userOf(email)), 409, "uniqueness");
  });

  it("in letters of its own is linked by the domain's ASCII form", async () => {
    const here = await directory();
    const email = "ada@bücher.linked.example";
    const id = await createUser(here.scim, userOf(email));
    const other = await here.sibling();
    const { domain } = await verify(here.management, here.organizationId, "BÜCHER.linked.example");
    expect(domain).toBe("xn--bcher-kva.linked.example");
    expect(await createUser(other.scim, userOf(email))).toBe(id);
  });
});
