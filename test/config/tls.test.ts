import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { accepted, refusal, refusals } from "./support.ts";
import { certA, certB, encryptedKeyA, encryptedLegacyKeyA, keyA, keyB } from "./tls-fixtures.ts";

const files: Readonly<Record<string, string>> = { "cert.pem": certA, "key.pem": keyA, "note.txt": "not PEM" };

function readFile(path: string): string {
  const text = files[path];
  if (text === undefined)
    throw Object.assign(new Error(`EACCES: permission denied, open '${path}'`), { code: "EACCES" });
  return text;
}

describe("TLS_CERT and TLS_KEY", () => {
  it("are read from files", () => {
    const { tls } = accepted({ TLS_CERT: "cert.pem", TLS_KEY: "key.pem" }, readFile).server;
    expect(tls?.cert).toBe(certA);
    expect(tls?.key.reveal()).toBe(keyA);
    expect(JSON.stringify(tls)).not.toContain("PRIVATE KEY");
  });

  it("are read from real files by default", () => {
    const folder = mkdtempSync(join(tmpdir(), "tls-"));
    try {
      const env = { TLS_CERT: join(folder, "cert.pem"), TLS_KEY: join(folder, "key.pem") };
      writeFileSync(env.TLS_CERT, certA);
      writeFileSync(env.TLS_KEY, keyA);
      expect(loadConfig(env)).toMatchObject({ ok: true, config: { server: { tls: { cert: certA } } } });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("may be the PEM text itself, with real or written line ends, and with a chain", () => {
    expect(accepted({ TLS_CERT: certA, TLS_KEY: keyA }).server.tls?.cert).toBe(certA);
    const written = { TLS_CERT: certA.replaceAll("\n", "\\n"), TLS_KEY: keyA.replaceAll("\n", "\\n") };
    expect(accepted(written).server.tls?.key.reveal()).toBe(keyA);
    expect(accepted({ TLS_CERT: certA + certB, TLS_KEY: keyA }).server.tls?.cert).toBe(certA + certB);
  });

  it("silence the warning about clear text", () => {
    const loaded = loadConfig({ HOST: "0.0.0.0", TLS_CERT: certA, TLS_KEY: keyA });
    expect(loaded.ok && loaded.warnings).toEqual([]);
  });

  it("must be set together", () => {
    expect(refusal({ TLS_CERT: certA })).toBe(
      "TLS_KEY: it is unset although TLS_CERT is set; set both for TLS, or neither",
    );
    expect(refusal({ TLS_KEY: keyA })).toBe(
      "TLS_CERT: it is unset although TLS_KEY is set; set both for TLS, or neither",
    );
  });

  it("are both reported when neither file can be read", () => {
    const problems = refusals({ TLS_CERT: "absent.pem", TLS_KEY: "absent-key.pem" }, readFile);
    expect(problems).toEqual([
      "TLS_CERT: the file that it names cannot be read (EACCES); check the path, and that this process may read it",
      "TLS_KEY: the file that it names cannot be read (EACCES); check the path, and that this process may read it",
    ]);
  });

  it("are both reported when neither is PEM", () => {
    expect(refusals({ TLS_CERT: "note.txt", TLS_KEY: "note.txt" }, readFile)).toEqual([
      "TLS_CERT: it is not a certificate in PEM form; give a PEM file",
      "TLS_KEY: it is not a private key in PEM form; give an unencrypted PEM file",
    ]);
  });

  it("are refused when they are swapped", () => {
    expect(refusals({ TLS_CERT: "key.pem", TLS_KEY: "cert.pem" }, readFile)).toHaveLength(2);
  });

  it.each([encryptedKeyA, encryptedLegacyKeyA])("need a key without a passphrase (%#)", (TLS_KEY) => {
    expect(refusal({ TLS_CERT: certA, TLS_KEY })).toBe(
      "TLS_KEY: the private key is encrypted; give an unencrypted PEM file",
    );
  });

  it("must belong together", () => {
    for (const env of [
      { TLS_CERT: certA, TLS_KEY: keyB },
      { TLS_CERT: certB + certA, TLS_KEY: keyA },
    ]) {
      expect(refusal(env)).toBe(
        "TLS_KEY: it does not belong to the certificate of TLS_CERT; give the key of that certificate",
      );
    }
  });

  it("are refused when a certificate further up the chain is damaged", () => {
    const damaged = certB.replace(/\n.{64}\n/, "\nAAAA\n");
    expect(refusal({ TLS_CERT: certA + damaged, TLS_KEY: keyA })).toContain(
      "TLS_CERT: the certificate or its chain cannot be served",
    );
  });

  it("are refused when they are neither PEM nor a path", () => {
    expect(refusals({ TLS_CERT: "a\nb", TLS_KEY: "MHcCAQEE\nIE" })).toEqual([
      "TLS_CERT: it is neither PEM nor a path; use a path or inline PEM, or leave it unset",
      "TLS_KEY: it is neither PEM nor a path; use a path or inline PEM, or leave it unset",
    ]);
  });
});
