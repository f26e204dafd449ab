import { createHmac, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { Problem } from '@diabetics/shared/http/problem';
import { Type } from 'typebox';
import { problems } from '../problems.ts';

export const EmailAddress = Type.String({ minLength: 3, maxLength: 254, description: 'an e-mail address' });

const LOCAL_PART = /^[^\s\p{Cc}@]{1,64}$/u;

/**
 * What two spellings of one address have in common: trimmed, NFC, local part in lower case, domain in lower case through IDNA.
 * @returns undefined for text that is no address
 */
export function normalizeAddress(email: string): string | undefined {
  const [local = '', domain = '', ...rest] = email.trim().normalize('NFC').split('@');
  const asciiDomain = domainToASCII(domain);
  if (rest.length > 0 || !LOCAL_PART.test(local) || !asciiDomain.includes('.') || isIP(asciiDomain)) return undefined;
  return `${local.toLowerCase()}@${asciiDomain}`;
}

/** @throws {Problem} invalid-request for text that is no address */
export function requireAddress(email: string): string {
  const address = normalizeAddress(email);
  if (address) return address;
  throw new Problem(problems.invalidRequest, {
    errors: [{ pointer: '#/email', code: 'bad-format', detail: 'Must be an e-mail address with a domain, as in name@example.org.' }],
  });
}

/** Finds an address without storing it: HMAC-SHA256 under a key that is not in the database. */
export const emailIndexOf = (address: string, key: KeyObject) => createHmac('sha256', key).update(`email\0${address}`).digest('base64url');
