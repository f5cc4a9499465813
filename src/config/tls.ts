/** The certificate and key to serve TLS with, read and checked against each other before the service starts. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { type Parsed, parsed, refused } from "./parsers.ts";
import type { SettingsReader } from "./reader.ts";
import { Secret } from "./secret.ts";
import type { Setting } from "./setting.ts";

/** Both as PEM text; the certificate may be followed by its chain. */
export interface TlsConfig {
  readonly cert: string;
  readonly key: Secret<string>;
}

/** Reads a file as text, throwing as node:fs does. */
export type ReadTextFile = (path: string) => string;

export type PemSource =
  | { readonly kind: "inline"; readonly pem: string }
  | { readonly kind: "file"; readonly path: string };

/** Inline PEM or a path. Inline, `\n` in two characters counts as a line end: many tools cannot pass another. */
export function parsePemSource(text: string): Parsed<PemSource> {
  if (text.includes("-----BEGIN ")) return parsed({ kind: "inline", pem: text.replaceAll("\\n", "\n") });
  if (/\p{Cc}/u.test(text)) return refused("it is neither PEM nor a path");
  return parsed({ kind: "file", path: text });
}

interface TlsSettings {
  readonly tlsCert: Setting<PemSource | undefined>;
  readonly tlsKey: Setting<PemSource | undefined>;
}

export function readTls(
  reader: SettingsReader,
  settings: TlsSettings,
  readFile: ReadTextFile,
): TlsConfig | undefined {
  const { tlsCert, tlsKey } = settings;
  const [certSource, keySource] = [reader.read(tlsCert), reader.read(tlsKey)];
  if (!reader.isSound(tlsCert) || !reader.isSound(tlsKey)) return undefined;
  if (certSource === undefined && keySource === undefined) return undefined;
  if (certSource === undefined) return missing(reader, tlsCert, tlsKey);
  if (keySource === undefined) return missing(reader, tlsKey, tlsCert);

  const cert = readPem(reader, tlsCert, certSource, readFile);
  const key = readPem(reader, tlsKey, keySource, readFile);
  if (cert === undefined || key === undefined) return undefined;
  return checkPair(reader, settings, cert, key) ? { cert, key: new Secret(key) } : undefined;
}

function missing(reader: SettingsReader, absent: Setting<unknown>, present: Setting<unknown>): undefined {
  reader.refuse(absent, `it is unset although ${present.name} is set`, "set both for TLS, or neither");
}

function readPem(
  reader: SettingsReader,
  setting: Setting<unknown>,
  source: PemSource,
  readFile: ReadTextFile,
): string | undefined {
  if (source.kind === "inline") return source.pem;
  try {
    return readFile(source.path);
  } catch (error) {
    const problem = `the file that it names cannot be read${errorCode(error)}`;
    reader.refuse(setting, problem, "check the path, and that this process may read it");
    return undefined;
  }
}

/** The errors of node:crypto are left out of the problems: they are OpenSSL's own words, and help nobody. */
function checkPair(
  reader: SettingsReader,
  { tlsCert, tlsKey }: TlsSettings,
  cert: string,
  key: string,
): boolean {
  const certificate = attempt(() => new X509Certificate(cert));
  const privateKey = attempt(() => createPrivateKey(key));
  if (certificate === undefined)
    reader.refuse(tlsCert, "it is not a certificate in PEM form", "give a PEM file");
  if (privateKey === undefined) {
    const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(key);
    const problem = encrypted ? "the private key is encrypted" : "it is not a private key in PEM form";
    reader.refuse(tlsKey, problem, "give an unencrypted PEM file");
  }
  if (certificate === undefined || privateKey === undefined) return false;
  if (!certificate.checkPrivateKey(privateKey)) {
    reader.refuse(
      tlsKey,
      `it does not belong to the certificate of ${tlsCert.name}`,
      "give the key of that certificate",
    );
    return false;
  }
  // Only this reads the rest of the chain, and knows keys that are too weak to serve with.
  if (attempt(() => createSecureContext({ cert, key })) !== undefined) return true;
  reader.refuse(
    tlsCert,
    "the certificate or its chain cannot be served",
    "check every certificate in it, and their key sizes",
  );
  return false;
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? ` (${error.code})`
    : "";
}
