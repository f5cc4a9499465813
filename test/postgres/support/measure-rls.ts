/**
 * What row-level security would cost a point read: `node test/postgres/support/measure-rls.ts`. All ways take turns in one
 * run, so that whatever else the machine does hits all alike; the ratios are what counts.
 */
import pg from "pg";
import { createEmbeddedPostgres } from "../../../scripts/embedded-postgres.ts";

const rounds = 30;
const readsPerRound = 300;
const concurrency = 10;
const organizations = 1_000;

const server = await createEmbeddedPostgres({ settings: { max_connections: "100" } });
const url = await server.createDatabase("measured");
const owner = new pg.Client({ connectionString: url });
await owner.connect();
await owner.query(`
  CREATE TABLE plain (organization_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (organization_id, id));
  INSERT INTO plain SELECT 'o' || o, 'i' || i, 'name' FROM generate_series(1, ${organizations}) o, generate_series(1, 10) i;
  CREATE TABLE walled (LIKE plain INCLUDING ALL);
  INSERT INTO walled SELECT * FROM plain;
  ALTER TABLE walled ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON walled USING (organization_id = current_setting('app.organization_id', true));
  CREATE ROLE app LOGIN;
  GRANT SELECT ON plain, walled TO app;
  ANALYZE`);
await owner.end();

const appUrl = url.replace("postgres@", "app@");
const pool = new pg.Pool({ connectionString: appUrl, max: concurrency });
const pipelined = new pg.Pool({ connectionString: appUrl, max: concurrency, pipeline: true });

type Read = (organization: string, id: string) => Promise<pg.QueryResult>;

async function using(from: pg.Pool, work: (client: pg.PoolClient) => Promise<pg.QueryResult>) {
  const client = await from.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

const enter = "SELECT set_config('app.organization_id', $1, true)";
const from = (table: string): string =>
  `SELECT organization_id, id, name FROM ${table} WHERE organization_id = $1 AND id = $2`;

const ways: Readonly<Record<string, Read>> = {
  "one statement, as now": (organization, id) =>
    using(pool, (client) => client.query(from("plain"), [organization, id])),
  "BEGIN, set_config, SELECT, COMMIT": (organization, id) =>
    using(pool, async (client) => {
      await client.query("BEGIN");
      await client.query(enter, [organization]);
      const result = await client.query(from("walled"), [organization, id]);
      await client.query("COMMIT");
      return result;
    }),
  "the same, sent at once (pipeline)": (organization, id) =>
    using(pipelined, async (client) => {
      const sent = [
        client.query("BEGIN"),
        client.query(enter, [organization]),
        client.query(from("walled"), [organization, id]),
        client.query("COMMIT"),
      ];
      const [, , result] = await Promise.all(sent);
      if (result === undefined) throw new Error("no result");
      return result;
    }),
};

async function measure(read: Read): Promise<number> {
  let next = 0;
  const startMs = performance.now();
  const reader = async (): Promise<void> => {
    while (next < readsPerRound) {
      next += 1;
      const { rowCount } = await read(`o${1 + (next % organizations)}`, `i${1 + (next % 10)}`);
      if (rowCount !== 1) throw new Error("the row was not found");
    }
  };
  await Promise.all(Array.from({ length: concurrency }, reader));
  return (performance.now() - startMs) / readsPerRound;
}

const times = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
for (let round = 0; round < rounds + 3; round += 1) {
  for (const [name, read] of Object.entries(ways)) {
    const ms = await measure(read);
    if (round >= 3) times.get(name)?.push(ms);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const [first = []] = times.values();
for (const [name, values] of times) {
  const ratios = values.map((value, round) => value / (first[round] ?? Number.NaN));
  process.stdout.write(
    `${name.padEnd(36)} ${(median(values) * 1000).toFixed(0).padStart(5)} us a read, x ${median(ratios).toFixed(2)}\n`,
  );
}
await Promise.all([pool.end(), pipelined.end()]);
await server.destroy();
