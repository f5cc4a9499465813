import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../listener/fixtures/localhost.${name}.pem`, import.meta.url));

/** The settings of a server that speaks TLS as 127.0.0.1. */
export const tlsEnv = { TLS_CERT: fixture("cert"), TLS_KEY: fixture("key") };

/** What a client that checks must trust. */
export const certificate: Buffer = readFileSync(tlsEnv.TLS_CERT);
