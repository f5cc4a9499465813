import type { Socket } from "node:net";
import type { ListenerLimits } from "./types.ts";

/** Every open TCP connection: how many there are, from whom, and which have not begun to speak. */
export interface SocketRegistry {
  /** Counts the socket until it closes; false if a cap forbids it. The caller destroys a refused one. */
  admit(socket: Socket): boolean;
  /** The connection has said which protocol it speaks. Takes the TCP socket or the TLS one over it. */
  settle(socket: Socket): void;
  unsettled(): Socket[];
  destroyAll(): void;
  /** Resolves at the first moment without sockets. */
  whenEmpty(): Promise<void>;
  readonly size: () => number;
}

export function createSocketRegistry(
  limits: Pick<ListenerLimits, "socketsMax" | "socketsPerIpMax">,
): SocketRegistry {
  const open = new Map<string, Socket>();
  const unsettled = new Map<string, Socket>();
  const perIp = new Map<string, number>();
  const onEmpty: (() => void)[] = [];

  function release(endpoint: string, ip: string): void {
    open.delete(endpoint);
    unsettled.delete(endpoint);
    const left = (perIp.get(ip) ?? 1) - 1;
    if (left > 0) perIp.set(ip, left);
    else perIp.delete(ip);
    if (open.size > 0) return;
    for (const wake of onEmpty.splice(0)) wake();
  }

  function admit(socket: Socket): boolean {
    const endpoint = endpointOf(socket);
    // No address: the peer has already reset the connection.
    if (endpoint === undefined || open.size >= limits.socketsMax) return false;
    const ip = ipKey(socket.remoteAddress ?? "");
    const fromIp = perIp.get(ip) ?? 0;
    if (fromIp >= limits.socketsPerIpMax) return false;
    perIp.set(ip, fromIp + 1);
    open.set(endpoint, socket);
    unsettled.set(endpoint, socket);
    socket.once("close", () => release(endpoint, ip));
    return true;
  }

  return {
    admit,
    settle: (socket) => void unsettled.delete(endpointOf(socket) ?? ""),
    unsettled: () => [...unsettled.values()],
    destroyAll: () => {
      for (const socket of [...open.values()]) socket.destroy();
    },
    whenEmpty: () =>
      open.size === 0 ? Promise.resolve() : new Promise((resolve) => void onEmpty.push(resolve)),
    size: () => open.size,
  };
}

/**
 * What a TCP socket and the TLSSocket over it have in common: Node offers no public way from one to the other.
 * One server port has at most one connection from an endpoint.
 */
function endpointOf(socket: Socket): string | undefined {
  const { remoteAddress, remotePort } = socket;
  return remoteAddress === undefined ? undefined : `${remoteAddress}|${remotePort}`;
}

/**
 * Whom the per-IP cap counts. IPv4 is the same written as IPv6 (a dual-stack socket reports ::ffff:a.b.c.d);
 * an IPv6 peer is its /64, because one subscriber owns all of it.
 */
export function ipKey(address: string): string {
  const bare = address.split("%")[0] ?? "";
  if (!bare.includes(":")) return bare;
  if (bare.includes(".")) return bare.slice(bare.lastIndexOf(":") + 1);
  const [head = "", tail] = bare.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => "0");
  return [...front, ...zeros, ...back].slice(0, 4).join(":");
}
