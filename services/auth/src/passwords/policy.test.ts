import { Problem } from '@diabetics/shared/http/problem';
import { describe, expect, it } from 'vitest';
import { requireAcceptable } from './policy.ts';

function refusalOf(password: string, minLength = 15) {
  try {
    requireAcceptable(password, minLength, '#/password');
  } catch (error) {
    if (error instanceof Problem) return error.options.errors?.map(({ code }) => code);
    throw error;
  }
  return undefined;
}

describe('requireAcceptable', () => {
  it('counts code points after NFKC, whatever the script', () => {
    expect(refusalOf('🩸'.repeat(15))).toBeUndefined();
    expect(refusalOf('🩸'.repeat(14))).toEqual(['too-short']);
    expect(refusalOf('e\u0301'.repeat(14))).toEqual(['too-short']);
  });

  it('takes 256 and refuses 257, and asks for no kinds of characters', () => {
    expect(refusalOf('a'.repeat(256))).toBeUndefined();
    expect(refusalOf('a'.repeat(257))).toEqual(['too-long']);
  });

  it('goes by the configured minimum', () => {
    expect(refusalOf('12345678', 8)).toBeUndefined();
  });
});
