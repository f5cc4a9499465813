/** Two instances over one database, with an organization in it. */
import type { Storage } from "../../../src/storage/storage.ts";
import type { PostgresServer, TestDatabase } from "../../support/storage-postgres.ts";
import { createTenant, type Tenant } from "../../support/storage-tenant.ts";
import { expectNoneLeaked, type ObservedStorage, openObserved } from "./storages.ts";

export interface Pair extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly storages: readonly [Storage, Storage];
  readonly tenant: Tenant;
}

export async function openPair(server: PostgresServer): Promise<Pair> {
  const database = await server.database();
  const opened: readonly [ObservedStorage, ObservedStorage] = [
    await openObserved(database.url),
    await openObserved(database.url),
  ];
  return {
    database,
    storages: [opened[0].storage, opened[1].storage],
    tenant: await createTenant(opened[0].storage),
    async [Symbol.asyncDispose]() {
      for (const one of opened) expectNoneLeaked(one);
      await Promise.all(opened.map(({ storage }) => storage.close()));
    },
  };
}

/** Calls in turns on both storages, all at once. */
export function spread<Result>(
  { storages }: Pair,
  count: number,
  call: (storage: Storage, index: number) => Promise<Result>,
): Promise<Result[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => call(storages[index % 2 === 0 ? 0 : 1], index)),
  );
}
