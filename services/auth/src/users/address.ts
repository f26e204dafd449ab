import { createHmac, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { Problem } from '@diabetics/shared/http/problem';
import { Type } from 'typebox';
import { problems } from '../problems.ts';

const MAX_LENGTH = 254;
/** Room for blanks around an address; how long one may be is judged without them. */
export const EmailAddress = Type.String({ minLength: 1, maxLength: MAX_LENGTH + 66, description: 'an e-mail address' });

/** RFC 5321 dot-atom, with letters of all scripts. */
const LOCAL_PART = /^(?!\.)(?!.*\.\.)[^\s\p{Cc}@"(),:;<>[\]\\]{1,64}(?<!\.)$/u;
/** Nothing that the parser behind `domainToASCII`, which is one for URLs, would cut off or decode. */
const DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u;
const ASCII_DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * What two spellings of one address have in common: trimmed, NFC, local part in lower case, domain in lower case through IDNA.
 * @returns undefined for text that is no address
 */
export function normalizeAddress(email: string): string | undefined {
  const [local = '', domain = '', ...rest] = email.trim().normalize('NFC').split('@');
  const asciiDomain = DOMAIN.test(domain) ? domainToASCII(domain) : '';
  if (rest.length > 0 || !LOCAL_PART.test(local) || !ASCII_DOMAIN.test(asciiDomain) || isIP(asciiDomain)) return undefined;
  const address = `${local.toLowerCase()}@${asciiDomain}`;
  return email.trim().length <= MAX_LENGTH ? address : undefined;
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
