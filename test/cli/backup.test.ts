/** R8: a copy of the database while the service writes to it. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { systemClock } from "../../src/base/clock.ts";
import { openStorage } from "../../src/storage/open.ts";
import { clientTo } from "../process/support/clients.ts";
import { digestOf, sound, soundnessOf, withDatabase } from "../process/support/database.ts";
import { createFolder } from "../process/support/folder.ts";
import { runToEnd } from "../process/support/process.ts";
import { type Service, startService } from "../process/support/service.ts";
import { newAudit, newOrganization } from "../support/storage-records.ts";
import { cli, createOrganization, sqliteEnv } from "./support.ts";

const copies = 5;
const writers = 8;

it(`${copies} copies made under load are sound and hold all that was acknowledged before they began`, async ({
  annotate,
}) => {
  using folder = createFolder();
  await cli(["migrate"], sqliteEnv(folder.databasePath));
  await fill(folder.databasePath);
  await using service = await startService({ cwd: folder.path });
  const load = startLoad(service, await service.operatorToken());
  for (let number = 1; number <= copies; number += 1) {
    await load.reaches(number * 50);
    const acknowledged = [...load.acknowledged];
    const file = folder.file(`copy-${number}.db`);
    const { code, stdout, stderr } = await runToEnd(["backup", file], { cwd: folder.path });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain(`${file} holds the database as it was when the copy began`);
    expectProgress(stderr);
    expect(soundnessOf(file)).toEqual(sound);
    const copied = contentOf(file);
    expect(acknowledged.filter((id) => !copied.organizations.has(id))).toEqual([]);
    expect(copied.withoutEvent).toEqual([]);
  }
  await load.stop();
  expect(readdirSync(folder.path).filter((name) => name.includes("partial"))).toEqual([]);
  await annotate(
    `${load.acknowledged.length} writes beside ${copies} copies, the slowest took ${load.slowestMs()} ms`,
  );
}, 40_000);

it("a copy is one file, which opens with the original's key", async () => {
  using folder = createFolder();
  const { organizationId } = await createOrganization(
    sqliteEnv(folder.databasePath),
    "Acme",
    "ada@example.com",
  );
  const file = folder.file("copy.db");
  const { code, out } = await cli(["backup", file], sqliteEnv(folder.databasePath));
  expect(code).toBe(0);
  expect(out[1]).toBe(
    `it opens only with its key, which is not in it: keep ${folder.keyPath} safe in another place`,
  );
  expect(readdirSync(folder.path).toSorted()).toEqual(["copy.db", "data"]);
  expect(contentOf(file).organizations).toEqual(new Set([organizationId]));
});

it("a file that exists is refused and not touched", async () => {
  using folder = createFolder();
  await cli(["migrate"], sqliteEnv(folder.databasePath));
  const file = folder.file("copy.db");
  writeFileSync(file, "an older copy");
  const before = digestOf(file);
  expect(await cli(["backup", file], sqliteEnv(folder.databasePath))).toEqual({
    code: 1,
    out: [],
    err: [`${file} exists: give the backup a name of its own`],
  });
  expect(digestOf(file)).toBe(before);
});

it("a folder that does not exist is refused in one line", async () => {
  using folder = createFolder();
  await cli(["migrate"], sqliteEnv(folder.databasePath));
  expect(await cli(["backup", folder.file("later/copy.db")], sqliteEnv(folder.databasePath))).toEqual({
    code: 1,
    out: [],
    err: [`${folder.file("later")} does not exist: make it first`],
  });
  expect(existsSync(folder.file("later"))).toBe(false);
});

interface Load {
  /** The organizations whose creation was answered. */
  readonly acknowledged: readonly string[];
  slowestMs(): number;
  /** Resolves when so many writes are acknowledged. */
  reaches(count: number): Promise<void>;
  stop(): Promise<void>;
}

function startLoad({ port }: Service, token: string): Load {
  const acknowledged: string[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let slowestMs = 0;
  let stopped = false;

  async function write(writer: number): Promise<void> {
    const client = clientTo(OrganizationService, port, token);
    for (let number = 0; !stopped; number += 1) {
      const startMs = performance.now();
      const { organization } = await client.createOrganization({ name: `writer ${writer}, ${number}` });
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
      acknowledged.push(organization?.id ?? "");
      for (const { count, resolve } of waiting) if (acknowledged.length >= count) resolve();
    }
  }
  const all = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  all.catch(() => undefined);

  return {
    acknowledged,
    slowestMs: () => Math.round(slowestMs),
    reaches: (count) =>
      Promise.race([
        all.then(() => undefined),
        new Promise<void>((resolve) => {
          if (acknowledged.length >= count) resolve();
          else waiting.push({ count, resolve });
        }),
      ]),
    async stop() {
      stopped = true;
      await all;
    },
  };
}

/** Enough pages that a copy takes several steps, between which the service writes. */
async function fill(path: string): Promise<void> {
  const storage = await openStorage({ kind: "sqlite", path }, systemClock, "tool");
  const name = "x".repeat(20_000);
  await Promise.all(
    Array.from({ length: 600 }, () =>
      storage.organizations.create(newOrganization({ name }), undefined, newAudit()),
    ),
  );
  await storage.close();
}

interface Content {
  readonly organizations: ReadonlySet<string>;
  /** Organizations without the event of their creation, or the other way round: halves of a transaction. */
  readonly withoutEvent: readonly unknown[];
}

function contentOf(path: string): Content {
  return withDatabase(path, (db) => ({
    organizations: new Set(
      db
        .prepare<[], { id: string }>("SELECT id FROM organizations")
        .all()
        .map(({ id }) => id),
    ),
    withoutEvent: db
      .prepare(
        `SELECT id FROM organizations WHERE id NOT IN (SELECT subject_id FROM events WHERE action = 'created')
         UNION ALL
         SELECT subject_id FROM events WHERE subject_type = 'organization'
           AND subject_id NOT IN (SELECT id FROM organizations)`,
      )
      .all(),
  }));
}

/** "copied 12 %" in rising steps up to the whole. */
function expectProgress(stderr: string): void {
  const shares = [...stderr.matchAll(/^copied (\d+) %$/gm)].map(([, share]) => Number(share));
  expect(shares.length).toBeGreaterThan(1);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(100);
}
