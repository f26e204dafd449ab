import { describe, expect, it } from 'vitest';
import { normalizeAddress } from './address.ts';

describe('normalizeAddress', () => {
  it.each([
    ['  Ana.Lopez@Example.ORG ', 'ana.lopez@example.org'],
    ['ana@MÜNCHEN.example', 'ana@xn--mnchen-3ya.example'],
    ['jose\u0301@example.org', 'jos\u00e9@example.org'],
    ["o'brien+tag@example.co.uk", "o'brien+tag@example.co.uk"],
  ])('reads %j as %j', (written, address) => {
    expect(normalizeAddress(written)).toBe(address);
  });

  it.each([
    'ana',
    'ana@',
    '@example.org',
    'a@b@example.org',
    'ana@localhost',
    'ana lopez@example.org',
    'ana@127.0.0.1',
    'ana@[::1]',
    'a\u0000@example.org',
    `${'a'.repeat(65)}@example.org`,
  ])('refuses %j', (written) => {
    expect(normalizeAddress(written)).toBeUndefined();
  });
});
