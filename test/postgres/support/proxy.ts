/**
 * A TCP proxy before PostgreSQL that knows where one message of a client ends and the next begins, so that a fault can
 * be put at an exact place.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export interface FaultyProxy extends AsyncDisposable {
  /** The same database through this proxy. */
  url(direct: string): string;
  /** Holds the next COMMIT back, and resolves when it has come. */
  nextCommit(): Promise<HeldCommit>;
  /** From now on nothing passes in either direction; connections are still accepted. */
  freeze(): void;
  /** Passes on what was held, and everything from now on. */
  thaw(): void;
  /** Ends every connection on both sides, as a network that fails. */
  cut(): void;
}

export interface HeldCommit {
  /** To the server. */
  forward(): void;
  /** The client's side of its connection; the server's stays, with its transaction. */
  cutClient(): void;
  cutServer(): void;
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: a simple query. */
const commit = Buffer.from("Q\0\0\0\x0bCOMMIT\0", "latin1");

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

export async function startProxy(serverPort: number): Promise<FaultyProxy> {
  const links = new Set<Link>();
  const expected: ((held: HeldCommit) => void)[] = [];
  let frozen: (() => void)[] | undefined;

  /** At once, or when the proxy thaws. */
  function pass(step: () => void): void {
    if (frozen === undefined) step();
    else frozen.push(step);
  }

  function hold(link: Link, message: Buffer): void {
    const expecting = expected.shift();
    if (expecting === undefined) link.server.write(message);
    else expecting(controlsOf(link, message));
  }

  function accept(client: Socket): void {
    const server = connect(serverPort, "127.0.0.1");
    // Or each message waits for the acknowledgement of the one before.
    for (const socket of [client, server]) socket.setNoDelay(true);
    const link: Link = { client, server };
    links.add(link);
    const split = createSplitter((message) => {
      if (message.equals(commit)) hold(link, message);
      else link.server.write(message);
    });
    client.on("data", (chunk) => pass(() => split(chunk)));
    server.on("data", (chunk) => pass(() => client.write(chunk)));
    // The other side hears of an end, unless this side was cut by the test, which decides for each.
    client.on("end", () => pass(() => server.end())).on("error", () => {});
    server.on("close", () => pass(() => client.destroy())).on("error", () => {});
    server.on("close", () => links.delete(link));
  }

  const listener = createServer({ allowHalfOpen: true }, accept).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const port = portOf(listener);

  function cut(): void {
    for (const { client, server } of links) {
      client.destroy();
      server.destroy();
    }
  }

  return {
    cut,
    url(direct) {
      const url = new URL(direct);
      url.port = String(port);
      return url.href;
    },
    nextCommit: () => new Promise((resolve) => expected.push(resolve)),
    freeze() {
      frozen ??= [];
    },
    thaw() {
      const held = frozen ?? [];
      frozen = undefined;
      for (const step of held) step();
    },
    async [Symbol.asyncDispose]() {
      frozen = [];
      cut();
      listener.close();
      await once(listener, "close");
    },
  };
}

function controlsOf({ client, server }: Link, message: Buffer): HeldCommit {
  return {
    forward: () => void server.write(message),
    cutClient: () => void client.destroy(),
    cutServer: () => void server.destroy(),
  };
}

/**
 * Whole messages out of chunks: the first has no type, and every one has its length, which counts itself.
 *
 * @see https://www.postgresql.org/docs/current/protocol-overview.html
 */
function createSplitter(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  let typeBytes = 0;
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= typeBytes + 4) {
      const size = typeBytes + pending.readInt32BE(typeBytes);
      if (pending.length < size) return;
      onMessage(pending.subarray(0, size));
      pending = pending.subarray(size);
      typeBytes = 1;
    }
  };
}

function portOf(listener: Server): number {
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
