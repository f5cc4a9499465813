/** What the benchmark uses of autocannon, which ships no types. */
declare module "autocannon" {
  export interface Options {
    readonly url: readonly string[];
    readonly method: "POST";
    /** Called with each connection before its first request. */
    setupClient(client: Client): void;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    /** Milliseconds between samples; a stop takes effect at the next one. */
    readonly sampleInt: number;
  }

  export interface Client {
    setHeadersAndBody(headers: Readonly<Record<string, string>>, body: string): void;
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
