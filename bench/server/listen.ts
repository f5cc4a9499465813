import type { AddressInfo, Server } from "node:net";

/** On a free port of loopback, which it resolves to. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP port");
  return address.port;
}
