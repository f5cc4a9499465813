/** What the benchmark uses of autocannon, which ships no types. */
declare module "autocannon" {
  export interface Options {
    readonly url: string;
    readonly method: "POST";
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    /** Milliseconds between samples; a stop takes effect at the next one. */
    readonly sampleInt: number;
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
