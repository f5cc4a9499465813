/** Instances of the real service, called by plain HTTP so that bodies can be compared byte by byte. */
import { type App, startApp } from "../../../src/app.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { loadConfig } from "../../../src/config/config.ts";
import { createCollectingLogger } from "../../observability/collecting-logger.ts";
import { ManualClock } from "../../support/clock.ts";

export interface CallOptions {
  readonly token?: string | undefined;
  readonly requestId?: string;
  readonly idempotencyKey?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The body parsed, or an empty object. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Instance extends AsyncDisposable {
  readonly app: App;
  readonly logs: readonly string[];
  /** `method` as in `OrganizationService/GetOrganization`. */
  call(method: string, body: object, options?: CallOptions): Promise<Answer>;
}

/** The same on every instance. */
export const adminToken = "the-operator-token-of-these-tests";
export const encryptionKey = "8f1c0de4b75a29936e80f2d7c41ab65e93d20f7c6b18e4a5d07f3296c85b1ea4";

export async function startInstance(
  databaseUrl: string,
  clock: Clock = new ManualClock(),
  env: Readonly<Record<string, string>> = {},
): Promise<Instance> {
  const { logger, lines } = createCollectingLogger();
  const loaded = loadConfig({
    PORT: "0",
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEY: encryptionKey,
    ADMIN_TOKEN: adminToken,
    RATE_PER_TOKEN: "0",
    RATE_PER_ORGANIZATION: "0",
    RATE_FAILED_AUTH_PER_IP: "0",
    SHUTDOWN_GRACE_MS: "1000",
    ...env,
  });
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const app = await startApp(loaded.config, logger, clock);
  return {
    app,
    logs: lines,
    call: (method, body, options = {}) =>
      post(`http://127.0.0.1:${app.port}/gitpod.v1.${method}`, body, options),
    async [Symbol.asyncDispose]() {
      await app.close({ now: true });
    },
  };
}

async function post(url: string, body: object, options: CallOptions): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` }),
      ...(options.requestId === undefined ? {} : { "X-Request-Id": options.requestId }),
      ...(options.idempotencyKey === undefined ? {} : { "Idempotency-Key": options.idempotencyKey }),
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text, body: objectOf(text) };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === "object" && parsed !== null ? Object.fromEntries(Object.entries(parsed)) : {};
}

/** The text at a path such as `scimConfiguration.id`. @throws when there is none */
export function textAt({ body, text }: Answer, path: string): string {
  let value: unknown = body;
  for (const name of path.split(".")) {
    value =
      typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
  }
  if (typeof value !== "string") throw new Error(`no text at ${path} in ${text}`);
  return value;
}
