import { Socket } from "node:net";
import pg from "pg";
import { limits } from "./limits.ts";

export interface PoolOptions {
  readonly url: string;
  readonly connectionsMax: number;
  /** Told of an idle connection's end: the pool replaces it by itself. */
  readonly onIdleError: (error: Error) => void;
}

export interface ConnectionPool {
  readonly pool: pg.Pool;
  /** Resolves when every connection is gone, which all have to have been given back. */
  close(): Promise<void>;
}

const idleTimeoutMs = 30_000;
/** How soon a silent connection is asked for a sign of life: the operating system would wait two hours. */
const keepAliveDelayMs = 10_000;
/** How long a server may take to take leave. */
const farewellMs = 1_000;
const int8 = 20;

/**
 * A pool without state in its sessions: no SET, no LISTEN, no named statements, so that PgBouncer in transaction
 * mode may stand between. Limits are set in each transaction.
 */
export function createPool({ url, connectionsMax, onIdleError }: PoolOptions): ConnectionPool {
  const sockets = new Set<Socket>();
  const pool = new pg.Pool({
    connectionString: url,
    fallback_application_name: "organization-service",
    max: connectionsMax,
    connectionTimeoutMillis: limits.acquireMs,
    idleTimeoutMillis: idleTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    types: { getTypeParser },
    stream: () => track(new Socket(), sockets),
  });
  // Without listeners, one connection that the server ends takes the process with it (node-postgres#1707): the pool's
  // for an idle one; the client's own for one in use, whose next statement then fails with the same reason.
  pool.on("error", (error) => {
    // The driver hangs the whole client on it, with the user and the host: nothing for a log.
    Reflect.deleteProperty(error, "client");
    onIdleError(error);
  });
  pool.on("connect", (client) => client.on("error", () => {}));
  return {
    pool,
    async close() {
      await pool.end();
      await takeLeave(sockets);
    },
  };
}

function track(socket: Socket, sockets: Set<Socket>): Socket {
  sockets.add(socket);
  return socket.once("close", () => sockets.delete(socket));
}

/** A server that no longer answers would keep the process from ending. */
async function takeLeave(sockets: ReadonlySet<Socket>): Promise<void> {
  const gone = [...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
  const impatience = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, farewellMs);
  await Promise.all(gone);
  clearTimeout(impatience);
}

/** Our integers (times in ms, positions) are all safe ones. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: "text" | "binary") =>
  oid === int8 && format !== "binary" ? Number : pg.types.getTypeParser(oid, format);
