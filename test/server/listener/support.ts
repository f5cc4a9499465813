import { onTestFinished } from "vitest";
import { createListener } from "../../../src/server/listener/listener.ts";
import type {
  Listener,
  ListenerLimits,
  ListenerOptions,
  NodeRequest,
  NodeResponse,
} from "../../../src/server/listener/types.ts";
import { ask, connect, connectHttp2 } from "./clients.ts";

/** Generous where a test does not look, so that a slow machine breaks nothing. */
const ROOMY: ListenerLimits = {
  headersMaxBytes: 16_384,
  headersMaxCount: 100,
  firstByteTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 60_000,
  http2StreamsMax: 100,
  http2ResetBurst: 200,
  http2ResetRatePerSecond: 10,
  http2IdleTimeoutMs: 60_000,
  http2SessionMemoryMaxMiB: 10,
  socketsMax: 10_000,
  socketsPerIpMax: 256,
};

export interface Running {
  readonly listener: Listener;
  readonly port: number;
  readonly connectionErrors: Error[];
  readonly handlerErrors: unknown[];
}

interface StartOptions extends Partial<Omit<ListenerOptions, "limits">> {
  readonly limits?: Partial<ListenerLimits>;
}

/** A listener on a free port that goes away with the test. */
export async function start({ limits, ...rest }: StartOptions = {}): Promise<Running> {
  const connectionErrors: Error[] = [];
  const handlerErrors: unknown[] = [];
  const listener = createListener({
    host: "127.0.0.1",
    port: 0,
    handler: echo,
    onConnectionError: (error) => void connectionErrors.push(error),
    onHandlerError: (error) => void handlerErrors.push(error),
    ...rest,
    limits: { ...ROOMY, ...limits },
  });
  const { port } = await listener.listen();
  onTestFinished(async () => void (await listener.drain(0)));
  return { listener, port, connectionErrors, handlerErrors };
}

/** Answers at once and says what it was asked, with the body, if there is one. */
export function echo(req: NodeRequest, res: NodeResponse): void {
  const chunks: Buffer[] = [];
  req.on("data", (chunk: Buffer) => chunks.push(chunk));
  req.on("end", () => {
    res.setHeader("x-version", req.httpVersion);
    res.end(`${req.method} ${req.url} ${Buffer.concat(chunks).toString()}`);
  });
}

/** The write methods of the two response classes do not unite into one type that can be called. */
export function write(res: NodeResponse, data: string | Buffer): boolean {
  return "stream" in res ? res.write(data) : res.write(data);
}

/** Writes as much as the connection takes, for ever, and counts it until the response is gone. */
export function pour(counted: { bytes: number }) {
  const chunk = Buffer.alloc(64 * 1_024);
  return (_req: NodeRequest, res: NodeResponse): void => {
    const isGone = () => ("stream" in res ? res.stream.destroyed || res.stream.closed : res.destroyed);
    const more = () => {
      while (!isGone()) {
        counted.bytes += chunk.length;
        if (!write(res, chunk)) return;
      }
    };
    res.on("drain", more);
    more();
  };
}

/** A good request of each protocol gets its answer: the proof that whatever came before did no harm. */
export async function answersBoth(port: number): Promise<boolean> {
  const plain = await connect(port);
  plain.send("GET /fine HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await plain.closed;
  const session = connectHttp2(port);
  const { status } = await ask(session);
  session.close();
  return plain.text().startsWith("HTTP/1.1 200 ") && status === 200;
}

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}

/** For state that has no event: looks until it holds, and fails after five seconds. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  const giveUpMs = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > giveUpMs) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Resolves with the count once it has stood still for a while. */
export async function settled(counted: { bytes: number }): Promise<number> {
  for (let before = -1; before !== counted.bytes; ) {
    before = counted.bytes;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return counted.bytes;
}

export async function expectNoSocketsLeft({ listener }: Running): Promise<void> {
  await eventually(
    () => {
      const { sockets, http2Sessions } = listener.stats();
      return sockets === 0 && http2Sessions === 0;
    },
    `no sockets and sessions left, but there are ${JSON.stringify(listener.stats())}`,
  );
}
