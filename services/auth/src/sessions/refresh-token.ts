import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';

const PREFIX = 'rt_';
const VERSION = 1;
const CLAIM_BYTES = 1 + 16 + 4; // version, session id, generation
const MAC_BYTES = 32;
const TOKEN = /^rt_[A-Za-z0-9_-]{71}$/;

/** What a refresh token says. Whether it says the truth is for {@link isGenuine}. */
export type RefreshTokenClaim = { sessionId: string; generation: number; mac: Buffer };

/** What makes the tokens of one session. Neither half alone forges one: the salt is in the row, the key outside the database. */
export type SessionSecret = { key: KeyObject; salt: Buffer };

/** `rt_` + base64url(version, session id, generation, HMAC-SHA256 over them and the session's salt). */
export function makeRefreshToken(sessionId: string, generation: number, secret: SessionSecret): string {
  const claim = encodeClaim(sessionId, generation);
  return PREFIX + Buffer.concat([claim, mac(claim, secret)]).toString('base64url');
}

/** @returns undefined for text that is no refresh token; there is one spelling a token */
export function parseRefreshToken(text: string): RefreshTokenClaim | undefined {
  if (!TOKEN.test(text)) return undefined;
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64url');
  if (PREFIX + bytes.toString('base64url') !== text || bytes[0] !== VERSION) return undefined;
  const hex = bytes.toString('hex', 1, 17);
  const sessionId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  return { sessionId, generation: bytes.readUInt32BE(17), mac: bytes.subarray(CLAIM_BYTES) };
}

/** Did we make it? True for an old generation too: that one was really given out once. */
export function isGenuine(claim: RefreshTokenClaim, secret: SessionSecret): boolean {
  return claim.mac.length === MAC_BYTES && timingSafeEqual(claim.mac, mac(encodeClaim(claim.sessionId, claim.generation), secret));
}

function encodeClaim(sessionId: string, generation: number) {
  const claim = Buffer.alloc(CLAIM_BYTES);
  claim[0] = VERSION;
  claim.write(sessionId.replaceAll('-', ''), 1, 'hex');
  claim.writeUInt32BE(generation, 17);
  return claim;
}

const mac = (claim: Buffer, { key, salt }: SessionSecret) => createHmac('sha256', key).update(claim).update(salt).digest();
