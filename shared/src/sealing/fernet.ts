import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { TokenMalformed, TokenNotAuthentic } from './errors.ts';

const VERSION = 0x80;
const HEADER_BYTES = 1 + 8 + 16; // version, timestamp, IV
const MAC_BYTES = 32;
const BLOCK_BYTES = 16;
const MIN_BYTES = HEADER_BYTES + BLOCK_BYTES + MAC_BYTES;
const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;

/** The two halves of a Fernet key. Signing comes first: swapped halves would still seal, but nobody else could open. */
export type FernetKey = { readonly signing: KeyObject; readonly encryption: KeyObject };

/** @param bytes 32 bytes: signing key, then encryption key, 16 bytes each */
export function fernetKey(bytes: Buffer): FernetKey {
  return { signing: createSecretKey(bytes.subarray(0, 16)), encryption: createSecretKey(bytes.subarray(16, 32)) };
}

/**
 * A Fernet token (github.com/fernet/spec): AES-128-CBC, then HMAC-SHA256 over all of it; base64url with padding.
 * @param timestampSeconds stands in the token in clear
 * @param iv 16 bytes; only test vectors give one
 */
export function sealFernet(key: FernetKey, plaintext: Buffer, timestampSeconds: number, iv: Buffer = randomBytes(16)): string {
  const cipher = createCipheriv('aes-128-cbc', key.encryption, iv);
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = VERSION;
  header.writeBigUInt64BE(BigInt(timestampSeconds), 1);
  iv.copy(header, 9);
  const signed = Buffer.concat([header, cipher.update(plaintext), cipher.final()]);
  const token = Buffer.concat([signed, createHmac('sha256', key.signing).update(signed).digest()]);
  return padded(token.toString('base64url'));
}

/**
 * Opens a token of any age. Strict: one spelling a token (Fernet libraries take several), and the MAC is checked before
 * anything is decrypted.
 * @throws {TokenMalformed} not canonical base64url, too short, not whole blocks, another version
 * @throws {TokenNotAuthentic} changed, moved or sealed with another key; these cannot be told apart
 */
export function openFernet(key: FernetKey, token: string): Buffer {
  if (token.length % 4 !== 0 || !BASE64URL.test(token)) throw new TokenMalformed();
  const bytes = Buffer.from(token, 'base64url');
  if (padded(bytes.toString('base64url')) !== token) throw new TokenMalformed();
  if (bytes.length < MIN_BYTES || (bytes.length - HEADER_BYTES - MAC_BYTES) % BLOCK_BYTES !== 0 || bytes[0] !== VERSION)
    throw new TokenMalformed();

  const signed = bytes.subarray(0, -MAC_BYTES);
  const mac = createHmac('sha256', key.signing).update(signed).digest();
  if (!timingSafeEqual(mac, bytes.subarray(-MAC_BYTES))) throw new TokenNotAuthentic();

  const decipher = createDecipheriv('aes-128-cbc', key.encryption, bytes.subarray(9, HEADER_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES, -MAC_BYTES)), decipher.final()]);
  } catch {
    throw new TokenNotAuthentic(); // authentic, but with broken padding: sealed by nobody we know
  }
}

const padded = (base64url: string) => base64url + '='.repeat((4 - (base64url.length % 4)) % 4);
