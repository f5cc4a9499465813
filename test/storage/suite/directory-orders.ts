/** The order of a directory's lists, by each kind of key. `directory-random.ts` asks it of any. */
import { expect } from "vitest";
import type { Sort } from "../../../src/scim/filter/condition.ts";
import { newDirectory } from "../../support/storage-directory.ts";
import type { StoreTest } from "../../support/storage-harness.ts";
import {
  five,
  groups,
  type Kind,
  type OrderCase,
  orderCases,
  users,
  walkByCursor,
  walkByOffset,
} from "../directory/kinds.ts";

export function directoryOrderTests(test: StoreTest): void {
  for (const kind of [users, groups]) {
    for (const order of orderCases(kind.nameKey)) orderTest(test, kind, order);
    mainElementTest(test, kind);
  }
}

function orderTest(test: StoreTest, kind: Kind, { by, ascending, descending }: OrderCase): void {
  const name = by === undefined ? "nothing" : by.key;
  test(`${kind.name} by ${name}: in order on pages of any size, missing keys last and then first`, async (store) => {
    const tenant = await newDirectory(store);
    const ids = await kind.add(store, tenant, five);
    for (const [isDescending, places] of [
      [false, ascending],
      [true, descending],
    ] as const) {
      const sort = by && { by, descending: isDescending };
      const expected = places.map((place) => ids[place]);
      for (const limit of [1, 2, 5, 6]) {
        expect(await walkByCursor(kind, store, tenant, sort, limit)).toEqual(expected);
        expect(await walkByOffset(kind, store, tenant, sort, limit)).toEqual(expected);
      }
    }
  });
}

function mainElementTest(test: StoreTest, kind: Kind): void {
  test(`${kind.name} by a multi-valued attribute: by the primary element, or else by the first`, async (store) => {
    const tenant = await newDirectory(store);
    const ids = await kind.add(store, tenant, [
      { search: { roles: [{ value: "a" }, { value: "z", primary: "true" }] } },
      { search: { roles: [{ value: "m" }, { value: "b", primary: "false" }] } },
      { search: {} },
      { search: { roles: [{ value: "c", primary: "true" }, { value: "zz" }] } },
      { search: { roles: [{ type: "without a value", primary: "true" }, { value: "a" }] } },
    ]);
    const sort: Sort = { by: { kind: "element", list: "roles", key: "value" }, descending: false };
    const expected = [3, 1, 0, 2, 4].map((place) => ids[place]);
    expect(await walkByCursor(kind, store, tenant, sort, 2)).toEqual(expected);
    const descending = { ...sort, descending: true };
    expect(await walkByOffset(kind, store, tenant, descending, 2)).toEqual(expected.toReversed());
  });
}
