import { expect } from "vitest";
import { addMember, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import { newAudit, newId, newMember, newOrganization } from "../../support/storage-records.ts";
import { createTenant } from "../../support/storage-tenant.ts";

/** The same address in the senses of Unicode normalization and lower case, each pair one mailbox. */
const sameAddresses: readonly (readonly [stored: string, asked: string])[] = [
  ["Person@Example.com", "pERSON@eXAMPLE.COM"],
  ["élodie@example.com", "ÉLODIE@example.com"],
  ["e\u0301lodie@example.com", "\u00c9LODIE@example.com"],
  ["\u212aelvin@example.com", "kelvin@example.com"],
  ["\u01f0ane@example.com", "J\u030cANE@example.com"],
  ["\u{10400}@example.com", "\u{10428}@example.com"],
];
const otherAddresses: readonly (readonly [stored: string, asked: string])[] = [
  ["stra\u00dfe@example.com", "strasse@example.com"],
  ["\u0131@example.com", "i@example.com"],
  ["\u0130@example.com", "i@example.com"],
  ["person@example.com", "person@example.com "],
];

export function memberTests(test: StoreTest): void {
  test("a member is found by id and by email", async ({ storage }) => {
    const { organization, member } = await createTenant(storage);
    expect(await storage.members.get(organization.id, member.userId)).toStrictEqual(member);
    expect(await storage.members.getByEmail(organization.id, member.email)).toStrictEqual(member);
  });

  test("a member that never existed is not found", async ({ storage }) => {
    const { organization } = await createTenant(storage);
    const missing = { kind: "not_found", entity: "user" };
    expect(await faultOf(storage.members.get(organization.id, newId()))).toEqual(missing);
    expect(await faultOf(storage.members.getByEmail(organization.id, "nobody@example.com"))).toEqual(missing);
    expect(await faultOf(storage.members.get(newId(), newId()))).toEqual(missing);
  });

  for (const [stored, asked] of sameAddresses) {
    test(`${escaped(stored)} is found as ${escaped(asked)}, and kept as it was written`, async ({
      storage,
    }) => {
      const organization = newOrganization();
      const member = newMember(organization.id, { email: stored });
      await storage.organizations.create(organization, member, newAudit());
      expect(await storage.members.getByEmail(organization.id, asked)).toStrictEqual(member);
    });
  }

  for (const [stored, asked] of otherAddresses) {
    test(`${escaped(stored)} is another address than ${escaped(asked)}`, async ({ storage }) => {
      const organization = newOrganization();
      const member = newMember(organization.id, { email: stored });
      await storage.organizations.create(organization, member, newAudit());
      const fault = await faultOf(storage.members.getByEmail(organization.id, asked));
      expect(fault).toEqual({ kind: "not_found", entity: "user" });
    });
  }

  test("an email belongs to one member of an organization without regard to case", async (store) => {
    const { organization, member } = await createTenant(store.storage);
    const twin = newMember(organization.id, { email: member.email.toUpperCase() });
    await expect(addMember(store, twin)).rejects.toThrow();
  });

  test("the same email may belong to members of two organizations", async ({ storage }) => {
    const mine = await createTenant(storage);
    const organization = newOrganization();
    const member = newMember(organization.id, { email: mine.member.email });
    await storage.organizations.create(organization, member, newAudit());
    expect(await storage.members.getByEmail(organization.id, member.email)).toStrictEqual(member);
    expect(await storage.members.getByEmail(mine.organization.id, member.email)).toStrictEqual(mine.member);
  });

  for (const role of ["admin", "member"] as const) {
    for (const status of ["active", "suspended", "left"] as const) {
      test(`a member reads back as ${role} and ${status}`, async ({ storage }) => {
        const organization = newOrganization();
        const member = newMember(organization.id, { role, status });
        await storage.organizations.create(organization, member, newAudit());
        expect(await storage.members.get(organization.id, member.userId)).toStrictEqual(member);
      });
    }
  }
}

function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -~]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
