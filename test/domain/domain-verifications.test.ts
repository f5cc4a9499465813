// What becomes of a claim while DNS is asked, with a resolver that answers when the test says so.
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OperatorId, type OrganizationId, parseId } from "../../src/base/ids.ts";
import { createIdGenerator } from "../../src/base/uuidv7.ts";
import type { DomainContext } from "../../src/domain/context.ts";
import { DnsError } from "../../src/domain/dns-resolver.ts";
import {
  createDomainVerification,
  deleteDomainVerification,
  getDomainVerification,
  verifyDomain,
} from "../../src/domain/domain-verifications.ts";
import { DomainError, fromStorageError } from "../../src/domain/errors.ts";
import { createOrganization } from "../../src/domain/organizations.ts";
import type { Caller } from "../../src/domain/principal.ts";
import { createKeyring } from "../../src/keys/keyring.ts";
import { openStorage } from "../../src/storage/open.ts";
import type { DomainVerification } from "../../src/storage/records.ts";
import { ManualClock } from "../support/clock.ts";

const caller: Caller = {
  principal: { kind: "operator", id: parseId<OperatorId>("01890a5d-ac96-774b-bcce-b302099a8057") },
  requestId: "test",
};

let context: DomainContext;
/** What the next look-ups end with. */
let answer: () => Promise<readonly string[]>;

beforeEach(async () => {
  const clock = new ManualClock();
  const storage = await openStorage({ kind: "sqlite", path: ":memory:" }, clock, "server");
  const [keyring, ids] = [createKeyring(randomBytes(32)), createIdGenerator(clock)];
  context = { storage, clock, keyring, ids, dns: { txtRecords: () => answer() } };
});

afterEach(() => context.storage.close());

async function newOrganizationId(): Promise<OrganizationId> {
  const input = { name: "Acme", join: false, inviteMatchingDomain: false };
  return (await createOrganization(context, caller, input)).organization.id;
}

const claim = (organizationId: OrganizationId) =>
  createDomainVerification(context, caller, organizationId, "example.com");
const verify = ({ organizationId, id }: DomainVerification) =>
  verifyDomain(context, caller, organizationId, id);
const giveUp = ({ organizationId, id }: DomainVerification) =>
  deleteDomainVerification(context, caller, organizationId, id);

/** The kind of the error and its text. */
async function refusalOf(call: Promise<unknown>): Promise<DomainError> {
  const error = fromStorageError(
    await call.then(
      () => new Error("it was not refused"),
      (thrown: unknown) => thrown,
    ),
  );
  if (error instanceof DomainError) return error;
  throw error;
}

/** A verification that has asked DNS, and gets the claim's record once `meanwhile` has happened. */
async function verifyWhile<Result>(
  claimed: DomainVerification,
  meanwhile: () => Promise<Result>,
): Promise<{ readonly verifying: Promise<DomainVerification>; readonly result: Result }> {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<readonly string[]>();
  answer = () => {
    asked.resolve();
    return released.promise;
  };
  const verifying = verify(claimed);
  verifying.catch(() => {});
  await asked.promise;
  answer = async () => [claimed.verificationToken];
  const result = await meanwhile();
  released.resolve([claimed.verificationToken]);
  return { verifying, result };
}

describe("a record that was seen in DNS verifies nothing", () => {
  it("when the claim was given up meanwhile, not even a new claim to the same domain", async () => {
    const claimed = await claim(await newOrganizationId());
    const { verifying, result } = await verifyWhile(claimed, async () => {
      await giveUp(claimed);
      return await claim(claimed.organizationId);
    });
    expect(await refusalOf(verifying)).toMatchObject({ kind: "not_found" });
    const { organizationId, id } = result;
    expect(await getDomainVerification(context, organizationId, id)).toMatchObject({ state: "pending" });
  });

  it("when another organization has verified the domain meanwhile", async () => {
    const claimed = await claim(await newOrganizationId());
    const others = await claim(await newOrganizationId());
    const { verifying } = await verifyWhile(claimed, () => {
      answer = async () => [others.verificationToken];
      return verify(others);
    });
    const refusal = await refusalOf(verifying);
    expect(refusal).toMatchObject({ kind: "failed_precondition" });
    expect(refusal.message).toMatch(/^another organization has verified this domain/);
  });

  it("twice: who comes second is answered what the first one did", async () => {
    const claimed = await claim(await newOrganizationId());
    const { verifying, result } = await verifyWhile(claimed, () => verify(claimed));
    expect(await verifying).toEqual(result);
    const events = await context.storage.events.list(claimed.organizationId, 0, 100);
    expect(events.filter(({ action }) => action === "verified")).toHaveLength(1);
  });
});

describe("a look-up that fails", () => {
  it.each([
    ["timeout", /no DNS server answered in time, or try again$/],
    ["failure", /the DNS servers could not tell; check the domain's name servers, or try again$/],
  ] as const)("by %s leaves the claim as it is, and is unavailable for a while", async (failure, text) => {
    const claimed = await claim(await newOrganizationId());
    const cause = new DnsError(failure);
    answer = () => Promise.reject(cause);
    const refusal = await refusalOf(verify(claimed));
    expect(refusal).toMatchObject({ kind: "unavailable", retryAfterSeconds: 5, cause });
    expect(refusal.message).toMatch(text);
    const { organizationId, id } = claimed;
    expect(await getDomainVerification(context, organizationId, id)).toEqual(claimed);
  });

  it("in a way that nobody has thought of is a defect, and no answer of DNS", async () => {
    const claimed = await claim(await newOrganizationId());
    const defect = new TypeError("a defect");
    answer = () => Promise.reject(defect);
    await expect(verify(claimed)).rejects.toBe(defect);
  });
});
