/** A TCP proxy that loses answers: the server has done what it was asked, and the client does not hear of it. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface LossyProxy extends AsyncDisposable {
  readonly url: string;
  /** Cuts the next connection on which the server answers, in place of passing the answer on. */
  loseNext(): void;
  /** How many answers were lost. */
  readonly lost: number;
}

/** @param target as in `http://127.0.0.1:8080` */
export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let losing = 0;
  let lost = 0;

  function accept(client: Socket): void {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        for (const other of [client, server]) other.destroy();
      });
    }
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk) => {
      if (losing === 0) {
        client.write(chunk);
        return;
      }
      losing -= 1;
      lost += 1;
      client.destroy();
    });
  }

  const listener = createServer(accept).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    loseNext() {
      losing += 1;
    },
    get lost() {
      return lost;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}
