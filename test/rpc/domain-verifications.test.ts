// Claims to domains, and their proof by TXT records of a real DNS server.
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type DomainVerification,
  DomainVerificationSchema,
  DomainVerificationState,
  OrganizationService,
} from "../../gen/gitpod/v1/organization_pb.ts";
import type { DnsAnswer } from "../support/dns-server.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { expectCode, present } from "./support/expect.ts";
import { actionsOf } from "./support/raw.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const { PENDING, VERIFIED } = DomainVerificationState;
const organizations = ({ token }: Pick<TestTenant, "token">) => server.client(OrganizationService, { token });
const operator = () => organizations({ token: server.operatorToken });
const challengeOf = (domain: string): string => `_orgsvc-challenge.${domain}`;

/** Of no other test. */
const newDomain = (): string => `${crypto.randomUUID()}.example`;

async function claim(tenant: TestTenant, domain = newDomain()): Promise<DomainVerification> {
  const { organizationId } = tenant;
  const { domainVerification } = await organizations(tenant).createDomainVerification({
    organizationId,
    domain,
  });
  return present(domainVerification);
}

async function verify(tenant: Pick<TestTenant, "token">, { id }: DomainVerification) {
  const { domainVerification } = await organizations(tenant).verifyDomain({ domainVerificationId: id });
  return present(domainVerification);
}

async function get(tenant: TestTenant, { id }: DomainVerification) {
  const { domainVerification } = await organizations(tenant).getDomainVerification({
    domainVerificationId: id,
  });
  return present(domainVerification);
}

/** As the owner of the domain does it. */
async function claimAndVerify(tenant: TestTenant, domain = newDomain()): Promise<DomainVerification> {
  const claimed = await claim(tenant, domain);
  server.dns.set(challengeOf(claimed.domain), [claimed.verificationToken]);
  return await verify(tenant, claimed);
}

describe("a claim", () => {
  it("is pending, and says what the record has to be", async () => {
    const tenant = await server.tenant();
    const claimed = await claim(tenant, "claimed.example");
    expect(claimed).toEqual(
      create(DomainVerificationSchema, {
        id: claimed.id,
        organizationId: tenant.organizationId,
        domain: "claimed.example",
        state: PENDING,
        verificationToken: claimed.verificationToken,
        createdAt: timestampFromMs(server.clock.nowMs()),
      }),
    );
    expect(claimed.verificationToken).toMatch(/^orgsvc-verification=[0-9a-f]{40}$/);
    expect(await get(await server.colleague(tenant), claimed)).toEqual(claimed);
  });

  it("has a token of its own", async () => {
    const [tenant, other] = [await server.tenant(), await server.tenant()];
    const claims = [
      await claim(tenant, "one.example"),
      await claim(other, "one.example"),
      await claim(tenant),
    ];
    expect(new Set(claims.map(({ verificationToken }) => verificationToken)).size).toBe(3);
  });

  it.each([
    ["Mixed-Case.Example", "mixed-case.example"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["gmail.com", "gmail.com"],
  ])("to %j is one to %j", async (domain, expected) => {
    expect((await claim(await server.tenant(), domain)).domain).toBe(expected);
  });

  it.each([
    "localhost",
    "127.0.0.1",
    "1.2.3",
    "example.com.",
    " example.com",
    "https://example.com",
    "example.com:53",
    "a@example.com",
    "under_score.example",
  ])("to %j is refused without repeating it", async (domain) => {
    const error = await expectCode(claim(await server.tenant(), domain), Code.InvalidArgument);
    expect(error.rawMessage).toMatch(/^domain: must be a domain name such as example\.com/);
    if (domain !== "example.com")
      expect(error.rawMessage.split("such as example.com")[1]).not.toContain(domain);
  });

  it("that the organization has already made is told so, in whatever form, and with the remedy", async () => {
    const tenant = await server.tenant();
    await claim(tenant, "bücher.twice.example");
    for (const domain of ["BÜCHER.twice.example", "xn--bcher-kva.twice.example"]) {
      const error = await expectCode(claim(tenant, domain), Code.AlreadyExists);
      expect(error.rawMessage).toContain("ListDomainVerifications");
    }
    const claimed = await claimAndVerify(tenant);
    await expectCode(claim(tenant, claimed.domain), Code.AlreadyExists);
  });

  it("can be made by several organizations, also to a domain that another has verified", async () => {
    const [tenant, other] = [await server.tenant(), await server.tenant()];
    const { domain } = await claimAndVerify(tenant);
    expect((await claim(other, domain)).state).toBe(PENDING);
  });

  it("is the operator's to make and prove in any organization", async () => {
    const { organizationId } = await server.tenant();
    const claimed = await claim({ organizationId, userId: "", token: server.operatorToken });
    server.dns.set(challengeOf(claimed.domain), [claimed.verificationToken]);
    expect((await verify({ token: server.operatorToken }, claimed)).state).toBe(VERIFIED);
  });
});

describe("the list of claims", () => {
  it("has the organization's, in the order of their creation", async () => {
    const [tenant, other] = [await server.tenant(), await server.tenant()];
    const claims = [await claim(tenant), await claimAndVerify(tenant), await claim(tenant)];
    await claim(other);
    const { organizationId } = tenant;
    const member = await server.colleague(tenant);
    const { domainVerifications } = await organizations(member).listDomainVerifications({ organizationId });
    expect(domainVerifications).toEqual(claims);
  });
});

describe("a domain", () => {
  it("is verified by a record in its place, from then on", async () => {
    const tenant = await server.tenant();
    const claimed = await claim(tenant);
    server.dns.set(challengeOf(claimed.domain), ["v=spf1 -all", claimed.verificationToken]);
    server.clock.advance(1_000);
    const verified = await verify(tenant, claimed);
    expect(verified).toEqual({
      ...claimed,
      state: VERIFIED,
      verifiedAt: timestampFromMs(server.clock.nowMs()),
    });
    expect(await get(tenant, claimed)).toEqual(verified);
  });

  it.each([
    ["at the domain itself", (token: string) => [token]],
    ["in the quotes that a provider's form has kept", (token: string) => [`"${token}"`]],
    ["with blanks around", (token: string) => [` ${token} `]],
  ])("is verified by a record %s", async (_where, records) => {
    const tenant = await server.tenant();
    const claimed = await claim(tenant);
    server.dns.set(claimed.domain, records(claimed.verificationToken));
    expect((await verify(tenant, claimed)).state).toBe(VERIFIED);
  });

  it("in other letters is asked for in its ASCII form", async () => {
    const tenant = await server.tenant();
    const claimed = await claim(tenant, `bücher.${newDomain()}`);
    const before = server.dns.questions.length;
    await expectCode(verify(tenant, claimed), Code.FailedPrecondition);
    const asked = server.dns.questions.slice(before);
    expect(asked.toSorted()).toEqual([challengeOf(claimed.domain), claimed.domain].toSorted());
    expect(asked.join()).toContain("xn--bcher-kva.");
  });

  it("that is verified stays so without a record, and no one looks for it", async () => {
    const tenant = await server.tenant();
    const verified = await claimAndVerify(tenant);
    server.dns.set(challengeOf(verified.domain), "SERVFAIL");
    const [events, questions] = [await actionsOf(server, tenant.organizationId), server.dns.questions.length];
    server.clock.advance(1_000);
    expect(await verify(tenant, verified)).toEqual(verified);
    expect(await actionsOf(server, tenant.organizationId)).toEqual(events);
    expect(server.dns.questions).toHaveLength(questions);
  });

  it("that another organization has verified is not verified, and it is not told which", async () => {
    const [tenant, other] = [await server.tenant({ name: "The first" }), await server.tenant()];
    const first = await claimAndVerify(tenant);
    const second = await claim(other, first.domain);
    server.dns.set(challengeOf(first.domain), [first.verificationToken, second.verificationToken]);
    const error = await expectCode(verify(other, second), Code.FailedPrecondition);
    expect(error.rawMessage).toMatch(/^another organization has verified this domain/);
    expect(error.rawMessage).not.toContain("The first");
    expect(error.rawMessage).not.toContain(tenant.organizationId);
    expect((await get(other, second)).state).toBe(PENDING);
    await organizations(tenant).deleteDomainVerification({ domainVerificationId: first.id });
    expect((await verify(other, second)).state).toBe(VERIFIED);
  });

  it("leaves its events: claimed, verified, given up", async () => {
    const tenant = await server.tenant();
    const { id } = await claimAndVerify(tenant);
    await organizations(tenant).deleteDomainVerification({ domainVerificationId: id });
    const actions = await actionsOf(server, tenant.organizationId);
    expect(actions.slice(-3)).toEqual([
      "domain_verification created",
      "domain_verification verified",
      "domain_verification deleted",
    ]);
    const gone = organizations(tenant).deleteDomainVerification({ domainVerificationId: id });
    await expectCode(gone, Code.NotFound);
  });
});

describe("a domain without the record", () => {
  const others: readonly (readonly [string, (token: string) => DnsAnswer])[] = [
    ["no record at all", () => []],
    ["other records", () => ["v=spf1 -all", "orgsvc-verification=", `orgsvc-verification=${"0".repeat(40)}`]],
    ["the token within a longer text", (token) => [`x${token}`, `${token}0`, `${token} ${token}`]],
    ["the token in two records", (token) => [token.slice(0, 30), token.slice(30)]],
    ["the token in other letter case", (token) => [token.toUpperCase()]],
  ];

  it.each(others)("but %s is not verified, and what to set is told", async (_what, answer) => {
    const tenant = await server.tenant();
    const claimed = await claim(tenant);
    for (const name of [challengeOf(claimed.domain), claimed.domain]) {
      server.dns.set(name, answer(claimed.verificationToken));
    }
    const error = await expectCode(verify(tenant, claimed), Code.FailedPrecondition);
    expect(error.rawMessage).toContain(challengeOf(claimed.domain));
    expect(error.rawMessage).toContain(claimed.verificationToken);
    expect(error.rawMessage).not.toContain("spf1");
    expect((await get(tenant, claimed)).state).toBe(PENDING);
  });

  it("that does not exist is not verified either", async () => {
    const tenant = await server.tenant();
    await expectCode(verify(tenant, await claim(tenant)), Code.FailedPrecondition);
  });

  it("whose name leaves no room for the place of the record is looked for at the domain itself", async () => {
    const tenant = await server.tenant();
    const label = "d".repeat(60);
    const claimed = await claim(tenant, `${[label, label, label, label].join(".")}.co`);
    const error = await expectCode(verify(tenant, claimed), Code.FailedPrecondition);
    expect(error.rawMessage).toContain(`set one at ${claimed.domain}`);
    server.dns.set(claimed.domain, [claimed.verificationToken]);
    expect((await verify(tenant, claimed)).state).toBe(VERIFIED);
  });

  it("where a record of another organization's stands is not verified", async () => {
    const [tenant, other] = [await server.tenant(), await server.tenant()];
    const domain = newDomain();
    const theirs = await claim(other, domain);
    server.dns.set(challengeOf(domain), [theirs.verificationToken]);
    await expectCode(verify(tenant, await claim(tenant, domain)), Code.FailedPrecondition);
  });
});

describe("when DNS does not tell", () => {
  it.each(["SERVFAIL", "REFUSED", "garbage"] as const)(
    "but answers %s, it is unavailable, and the log has why",
    async (answer) => {
      const tenant = await server.tenant();
      const claimed = await claim(tenant);
      server.dns.set(challengeOf(claimed.domain), answer);
      const logged = server.logs.length;
      const error = await expectCode(verify(tenant, claimed), Code.Unavailable);
      expect(error.rawMessage).toMatch(/^the domain's TXT records could not be read: .*, or try again$/);
      expect(error.metadata.get("Retry-After")).toBe("5");
      expect(error.rawMessage).not.toMatch(/queryTxt|127\.0\.0\.1|SERVFAIL/);
      const lines = server.logs.slice(logged).filter((line) => line.includes("was not available"));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/something that a call needs was not available/);
      expect(lines[0]).toContain("queryTxt");
    },
  );

  it("of one place, the record is taken from the other", async () => {
    const tenant = await server.tenant();
    const claimed = await claim(tenant);
    server.dns.set(challengeOf(claimed.domain), "SERVFAIL");
    server.dns.set(claimed.domain, [claimed.verificationToken]);
    expect((await verify(tenant, claimed)).state).toBe(VERIFIED);
  });
});

it("a claim of another organization's is found by the operator alone", async () => {
  const [tenant, other] = [await server.tenant(), await server.tenant()];
  const claimed = await claim(tenant);
  await expectCode(get(other, claimed), Code.NotFound);
  await expectCode(verify(other, claimed), Code.NotFound);
  expect(
    (await operator().getDomainVerification({ domainVerificationId: claimed.id })).domainVerification,
  ).toEqual(claimed);
});
