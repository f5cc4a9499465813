/** What the benchmark uses of autocannon, which ships no types. */
declare module "autocannon" {
  export interface Options {
    readonly url: readonly string[];
    /** Of requests that do not say. */
    readonly method: "POST";
    /** Called with each connection before its first request. */
    setupClient(client: Client): void;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    /** Milliseconds between samples; a stop takes effect at the next one. */
    readonly sampleInt: number;
  }

  export interface Request {
    readonly method: string;
    /** With the query. */
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    /** Called before each time that it is sent: what it returns is sent. Without it, the bytes are made once. */
    readonly setupRequest?: (request: Request) => Request;
  }

  export interface Client {
    setHeadersAndBody(headers: Readonly<Record<string, string>>, body: string): void;
    /** Sent one after the other, and again from the first. They are changed. */
    setRequests(requests: readonly Request[]): void;
  }

  export interface Result {
    /** Connections that broke. */
    readonly errors: number;
    readonly timeouts: number;
  }

  export interface Run extends PromiseLike<Result> {
    on(
      event: "response",
      listener: (client: object, statusCode: number, bytes: number, responseTimeMs: number) => void,
    ): void;
    stop(): void;
  }

  export default function autocannon(options: Options): Run;
}
