import { expect } from "vitest";
import type { OperatorId } from "../../../src/base/ids.ts";
import type { StoreTest } from "../../support/storage-harness.ts";
import { newHash, newId } from "../../support/storage-records.ts";

export function instanceTests(test: StoreTest): void {
  test("the first operator id stays, also when many are proposed at once", async ({ storage }) => {
    const candidates = Array.from({ length: 8 }, () => newId<OperatorId>());
    const kept = await Promise.all(candidates.map((candidate) => storage.instance.operatorId(candidate)));
    const [first] = kept;
    expect(candidates).toContain(first);
    expect(new Set(kept)).toEqual(new Set([first]));
    expect(await storage.instance.operatorId(newId())).toBe(first);
  });

  test("the first key check stays", async ({ storage }) => {
    expect(await storage.instance.keyCheck("first")).toBe("first");
    expect(await storage.instance.keyCheck("second")).toBe("first");
  });

  test("there is no operator token until one is set", async ({ storage }) => {
    expect(await storage.instance.operatorTokenHash()).toBeUndefined();
  });

  test("an operator token is kept byte for byte", async ({ storage }) => {
    const hash = newHash();
    expect(await storage.instance.setOperatorTokenHash(hash, { replace: false })).toBe(true);
    expect(Buffer.from((await storage.instance.operatorTokenHash()) ?? [])).toEqual(Buffer.from(hash));
  });

  test("a second operator token is taken only when it is to replace the first", async ({ storage }) => {
    const first = newHash();
    const second = newHash();
    await storage.instance.setOperatorTokenHash(first, { replace: false });
    expect(await storage.instance.setOperatorTokenHash(second, { replace: false })).toBe(false);
    expect(Buffer.from((await storage.instance.operatorTokenHash()) ?? [])).toEqual(Buffer.from(first));
    expect(await storage.instance.setOperatorTokenHash(second, { replace: true })).toBe(true);
    expect(Buffer.from((await storage.instance.operatorTokenHash()) ?? [])).toEqual(Buffer.from(second));
  });

  test("an operator token that is set again, as after a lost answer, counts as taken", async ({
    storage,
  }) => {
    const hash = newHash();
    await storage.instance.setOperatorTokenHash(hash, { replace: false });
    expect(await storage.instance.setOperatorTokenHash(hash, { replace: false })).toBe(true);
  });

  test("of operator tokens set at once exactly one is taken", async ({ storage }) => {
    const hashes = Array.from({ length: 8 }, newHash);
    const taken = await Promise.all(
      hashes.map((hash) => storage.instance.setOperatorTokenHash(hash, { replace: false })),
    );
    expect(taken.filter(Boolean)).toHaveLength(1);
    const winner = hashes[taken.indexOf(true)];
    expect(Buffer.from((await storage.instance.operatorTokenHash()) ?? [])).toEqual(
      Buffer.from(winner ?? []),
    );
  });
}
