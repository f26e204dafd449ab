import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** RFC 8785: one text for one value, whatever the order of keys and the spelling of numbers was. */
export const canonicalJson = (value: unknown) => canonicalize(value) as string;

/** `sha256:` and 64 hex digits, over the canonical form. */
export const sha256Of = (value: unknown) => `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
