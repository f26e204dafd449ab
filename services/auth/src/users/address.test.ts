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
    'v@example.org/x',
    'v@example.org?x',
    'v@example.org#x',
    'v@ex%61mple.org',
    'v@exam\nple.org',
    'v@example.org\\x',
    'v@.',
    'v@a..b',
    'v@-.com',
    'v@example.org.',
    '.v@example.org',
    'v..a@example.org',
    `v@${'a'.repeat(64)}.org`,
    `${'v'.repeat(60)}@${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(20)}`,
    `${'a'.repeat(65)}@example.org`,
  ])('refuses %j', (written) => {
    expect(normalizeAddress(written)).toBeUndefined();
  });
});
