/** Strings come back as they went in, code unit by code unit: no engine normalizes, trims, folds or cuts them. */
import { expect } from "vitest";
import { allEvents, type StoreTest } from "../../support/storage-harness.ts";
import {
  newAudit,
  newHash,
  newMember,
  newOrganization,
  newScim,
  newSso,
  newToken,
} from "../../support/storage-records.ts";
import { createTenant } from "../../support/storage-tenant.ts";

/** Without U+0000, which PostgreSQL cannot hold: the RPC layer refuses it. */
const awkward: Readonly<Record<string, string>> = {
  empty: "",
  "upper and lower E acute": "\u00c9\u00e9",
  "decomposed E acute": "E\u0301e\u0301",
  "dotted and dotless I": "\u0130\u0131Ii",
  "sharp s, small and capital": "\u00df\u1e9e",
  "Kelvin and Angstrom signs": "\u212a\u212b",
  "final and medial sigma": "\u03a3\u03c2\u03c3",
  "four-byte characters": "\u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u{10348} \u{10ffff}",
  "right-to-left with controls": "\u202e\u05d0\u05d1\u200f",
  "byte order mark and replacement": "\ufeff\ufffd\uffff",
  "white space at both ends": " \t\r\n text \u00a0\u2028",
  "control characters": "\u0001\u001b[31m\u007f\u0085",
  "quotes, percent and backslashes": `'"\`\\ %_ \\u0041 \\0 ;-- $1 ? {FOR UPDATE}`,
  "names that JavaScript treats apart": "__proto__",
  "number-like": "1e309",
  "ten kilobytes": "x\u00e9\u{1f600}".repeat(1_500),
};

export function stringTests(test: StoreTest): void {
  for (const [name, text] of Object.entries(awkward)) {
    test(`${name}: kept as it is in every field`, async ({ storage }) => {
      const organization = newOrganization({ name: text, inviteDomains: [text, "", text] });
      const { id } = organization;
      const email = `${text}@example.com`;
      const values = { email, fullName: text, avatarUrl: text, loginProvider: text };
      const member = newMember(id, values);
      const audit = newAudit({ requestId: text });
      await storage.organizations.create(organization, member, audit);
      expect(await storage.organizations.get(id)).toStrictEqual(organization);
      expect(await storage.members.get(id, member.userId)).toStrictEqual(member);
      expect(await storage.members.getByEmail(id, email)).toStrictEqual(member);
      expect((await allEvents(storage, id))[0]?.requestId).toBe(text);

      const sso = newSso(id, everySsoField(text));
      await storage.ssoConfigurations.create(id, sso, newAudit());
      expect(await storage.ssoConfigurations.get(id, sso.id)).toEqual(sso);

      const scim = newScim(id, sso.id, { name: text });
      await storage.scimConfigurations.create(id, scim, newHash(), newAudit());
      expect(await storage.scimConfigurations.get(id, scim.id)).toStrictEqual(scim);

      const token = newToken(id, member.userId, { description: text });
      await storage.personalAccessTokens.create(id, token, newHash(), newAudit());
      expect(await storage.personalAccessTokens.get(id, token.id)).toStrictEqual(token);
    });

    test(`${name}: kept as it is by an update`, async ({ storage }) => {
      const { organization, sso, scim } = await createTenant(storage);
      const { id } = organization;
      await storage.organizations.update(id, { name: text, inviteDomains: [text] }, newAudit());
      expect(await storage.organizations.get(id)).toMatchObject({ name: text, inviteDomains: [text] });
      const fields = everySsoField(text);
      await storage.ssoConfigurations.update(id, sso.id, fields, newAudit());
      expect(await storage.ssoConfigurations.get(id, sso.id)).toMatchObject(fields);
      await storage.scimConfigurations.update(id, scim.id, { name: text }, newAudit());
      expect(await storage.scimConfigurations.get(id, scim.id)).toMatchObject({ name: text });
    });
  }

  test("forms of one name that only normalization makes equal are different: an update between them is a change", async ({
    storage,
  }) => {
    const { organization } = await createTenant(storage);
    const { id } = organization;
    const { length } = await allEvents(storage, id);
    for (const name of ["\u00e9", "e\u0301", "\u00c9", "\u212a", "K"]) {
      await storage.organizations.update(id, { name }, newAudit());
      expect((await storage.organizations.get(id)).name).toBe(name);
    }
    expect(await allEvents(storage, id)).toHaveLength(length + 5);
  });

  test("claims named like members of Object.prototype are claims like any other", async ({ storage }) => {
    const { organization } = await createTenant(storage);
    const { id } = organization;
    const names = [
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "",
      "10",
      "9",
      "\u00e9",
      "e\u0301",
    ];
    const claims = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
    const sso = newSso(id, { claims });
    await storage.ssoConfigurations.create(id, sso, newAudit());
    const { claims: read } = await storage.ssoConfigurations.get(id, sso.id);
    expect(new Map(Object.entries(read))).toEqual(new Map(Object.entries(claims)));
    expect(Object.hasOwn(read, "__proto__")).toBe(true);
    expect(Object.hasOwn(Object.prototype, "10")).toBe(false);
  });

  test("a claim named __proto__ is changed, kept and removed like any other", async ({ storage }) => {
    const { organization, sso } = await createTenant(storage);
    const { id } = organization;
    for (const entries of [
      [["__proto__", "one"]],
      [["__proto__", "two"]],
      [
        ["__proto__", "two"],
        ["b", "c"],
      ],
      [],
    ]) {
      const claims = Object.fromEntries(entries);
      const { length } = await allEvents(storage, id);
      for (let twice = 0; twice < 2; twice += 1) {
        const updated = await storage.ssoConfigurations.update(id, sso.id, { claims }, newAudit());
        expect(Object.entries(updated.claims)).toEqual(entries);
        expect(Object.entries((await storage.ssoConfigurations.get(id, sso.id)).claims)).toEqual(entries);
      }
      expect(await allEvents(storage, id)).toHaveLength(length + 1);
    }
  });
}

function everySsoField(text: string) {
  return {
    clientId: text,
    sealedClientSecret: text,
    issuerUrl: text,
    emailDomains: [text, text],
    displayName: text,
    additionalScopes: [text],
    claims: Object.fromEntries([
      [text, text],
      [`${text}.`, ""],
    ]),
    claimsExpression: text,
  };
}
