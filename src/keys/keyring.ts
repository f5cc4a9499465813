/**
 * What the master key does, each job with a key of its own (HKDF): token hashes, sealed secrets, signed page
 * tokens, and the check that a database is opened with the key it was made with.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";

export interface Keyring {
  /**
   * HMAC-SHA-256 of a token: 32 bytes. Keyed, so that neither can someone who writes to the database forge a
   * credential, nor does a leaked one confirm a guess. Not stretched: a token has 256 random bits.
   */
  hashToken(token: string): Buffer;
  /**
   * Encrypts with AES-256-GCM. `binding` names the place where it is kept: copied elsewhere, it does not open.
   */
  seal(plaintext: string, binding: string): string;
  /** @throws Error when the sealed value was altered, moved, or sealed with another key */
  unseal(sealed: string, binding: string): string;
  /** A short MAC over what a client is to bring back unchanged. */
  sign(message: string): Buffer;
  verify(message: string, signature: Uint8Array): boolean;
  /** Tells keys apart without telling anything about them. */
  readonly check: string;
}

export const masterKeyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const signatureBytes = 16;
const sealVersion = "v1";

export function createKeyring(masterKey: Uint8Array): Keyring {
  if (masterKey.length !== masterKeyBytes)
    throw new RangeError(`the master key must be ${masterKeyBytes} bytes`);
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync("sha256", masterKey, "", `organization-service/${purpose}`, masterKeyBytes));
  // A key object made once: from a buffer it would be made for each hash, which costs six times the hash.
  const deriveKey = (purpose: string): KeyObject => createSecretKey(derive(purpose));
  const tokenKey = deriveKey("token-hash");
  const sealKey = deriveKey("seal");
  const signKey = deriveKey("sign");
  const sign = (message: string): Buffer =>
    createHmac("sha256", signKey).update(message).digest().subarray(0, signatureBytes);

  return {
    hashToken: (token) => createHmac("sha256", tokenKey).update(token).digest(),
    seal: (plaintext, binding) => seal(sealKey, plaintext, binding),
    unseal: (sealed, binding) => unseal(sealKey, sealed, binding),
    sign,
    verify: (message, signature) =>
      signature.length === signatureBytes && timingSafeEqual(sign(message), signature),
    check: derive("check").toString("hex"),
  };
}

function seal(key: KeyObject, plaintext: string, binding: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(`${sealVersion}|${binding}`));
  const body = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return [sealVersion, nonce.toString("base64url"), body.toString("base64url")].join(".");
}

function unseal(key: KeyObject, sealed: string, binding: string): string {
  const [version, nonceText = "", bodyText = "", ...rest] = sealed.split(".");
  const nonce = Buffer.from(nonceText, "base64url");
  const body = Buffer.from(bodyText, "base64url");
  if (version !== sealVersion || rest.length > 0 || nonce.length !== nonceBytes || body.length < tagBytes) {
    throw new Error("the sealed value is damaged");
  }
  // Node accepts a tag cut to 4 bytes unless the length is set.
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(`${version}|${binding}`));
  decipher.setAuthTag(body.subarray(-tagBytes));
  return Buffer.concat([decipher.update(body.subarray(0, -tagBytes)), decipher.final()]).toString("utf8");
}
