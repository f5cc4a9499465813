/**
 * What every engine must do: one suite, run unchanged against each of them. A caller gives it a factory of fresh
 * stores; what only one engine can be asked is in that engine's own files beside this one.
 */
import { describe } from "vitest";
import { type StoreFactory, testsOn } from "../support/storage-harness.ts";
import { concurrencyTests } from "./suite/concurrency.ts";
import { directoryConcurrencyTests } from "./suite/directory-concurrency.ts";
import { directoryFilterTests } from "./suite/directory-filters.ts";
import { directoryGroupMemberTests } from "./suite/directory-group-members.ts";
import { directoryGroupTests } from "./suite/directory-groups.ts";
import { directoryLinkingTests } from "./suite/directory-linking.ts";
import { directoryListTests } from "./suite/directory-lists.ts";
import { directoryOrderTests } from "./suite/directory-orders.ts";
import { directoryRandomTests } from "./suite/directory-random.ts";
import { directorySuspensionTests } from "./suite/directory-suspension.ts";
import { directoryUserMemberTests } from "./suite/directory-user-members.ts";
import { directoryUserTests } from "./suite/directory-users.ts";
import { domainVerificationTests } from "./suite/domain-verifications.ts";
import { eventSearchTests } from "./suite/event-search.ts";
import { eventTests } from "./suite/events.ts";
import { everyMethodTests } from "./suite/every-method.ts";
import { groupTests } from "./suite/groups.ts";
import { idempotencyTests } from "./suite/idempotency.ts";
import { instanceTests } from "./suite/instance.ts";
import { joiningTests } from "./suite/joining.ts";
import { lifecycleTests } from "./suite/lifecycle.ts";
import { listTests } from "./suite/lists.ts";
import { manyRowsTests } from "./suite/many-rows.ts";
import { memberLifeTests } from "./suite/member-life.ts";
import { memberListTests } from "./suite/member-lists.ts";
import { memberTests } from "./suite/members.ts";
import { membersReadingTests } from "./suite/members-readings.ts";
import { modelTests } from "./suite/model.ts";
import { organizationTests } from "./suite/organizations.ts";
import { ownGroupTests } from "./suite/own-groups.ts";
import { personalAccessTokenTests } from "./suite/personal-access-tokens.ts";
import { scimConfigurationTests } from "./suite/scim-configurations.ts";
import { ssoConfigurationTests } from "./suite/sso-configurations.ts";
import { stringTests } from "./suite/strings.ts";

export function storageSuite(name: string, factory: StoreFactory): void {
  const test = testsOn(factory);
  describe(`storage on ${name}`, () => {
    describe("every method", () => everyMethodTests(test));
    describe("organizations", () => organizationTests(test));
    describe("members", () => memberTests(test));
    describe("lists of members, and roles", () => memberListTests(test));
    describe("members' life", () => memberLifeTests(test));
    describe("joining", () => joiningTests(test));
    describe("groups", () => groupTests(test));
    describe("own groups", () => ownGroupTests(test));
    describe("domain verifications", () => domainVerificationTests(test));
    describe("SSO configurations", () => ssoConfigurationTests(test));
    describe("SCIM configurations", () => scimConfigurationTests(test));
    describe("personal access tokens", () => personalAccessTokenTests(test));
    describe("directory users", () => directoryUserTests(test));
    describe("members of directory users", () => directoryUserMemberTests(test));
    describe("directory linking", () => directoryLinkingTests(test));
    describe("directory suspension", () => directorySuspensionTests(test));
    describe("directory concurrency", () => directoryConcurrencyTests(test));
    describe("directory groups", () => directoryGroupTests(test));
    describe("members of directory groups", () => directoryGroupMemberTests(test));
    describe("readings of members", () => membersReadingTests(test));
    describe("filters of directories", () => directoryFilterTests(test));
    describe("orders of directories", () => directoryOrderTests(test));
    describe("lists of directories", () => directoryListTests(test));
    describe("random lists of directories", () => directoryRandomTests(test));
    describe("changes of many rows", () => manyRowsTests(test));
    describe("events", () => eventTests(test));
    describe("searches of events", () => eventSearchTests(test));
    describe("idempotency", () => idempotencyTests(test));
    describe("instance", () => instanceTests(test));
    describe("lists", () => listTests(test));
    describe("strings", () => stringTests(test));
    describe("concurrency", () => concurrencyTests(test));
    describe("lifecycle", () => lifecycleTests(test));
    describe("random commands", () => modelTests(test));
  });
}
