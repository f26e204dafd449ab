import { createSecretKey, randomBytes, randomUUIDv7 } from 'node:crypto';
import { assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGenuine, makeRefreshToken, parseRefreshToken } from './refresh-token.ts';

const secret = { key: createSecretKey(randomBytes(32)), salt: randomBytes(32) };
const sessionId = randomUUIDv7();

describe('refresh token', () => {
  it('says its session and generation, and is recognised', () => {
    const claim = parseRefreshToken(makeRefreshToken(sessionId, 4_294_967_295, secret));

    expect(claim).toMatchObject({ sessionId, generation: 4_294_967_295 });
    expect(claim && isGenuine(claim, secret)).toBe(true);
  });

  it('is the same each time it is made', () => {
    expect(makeRefreshToken(sessionId, 7, secret)).toBe(makeRefreshToken(sessionId, 7, secret));
  });

  it('cannot be made with the key or the salt alone', () => {
    const claim = parseRefreshToken(makeRefreshToken(sessionId, 1, secret));

    expect(claim && isGenuine(claim, { ...secret, salt: randomBytes(32) })).toBe(false);
    expect(claim && isGenuine(claim, { ...secret, key: createSecretKey(randomBytes(32)) })).toBe(false);
  });

  it('has one spelling, and no other character makes it good', () => {
    const token = makeRefreshToken(sessionId, 1, secret);
    assert(
      property(
        integer({ min: 3, max: token.length - 1 }),
        constantFrom('A', 'B', 'x', 'z', '0', '9', '-', '_', '+', '/', '=', ' ', '\n'),
        (index, character) => {
          const changed = token.slice(0, index) + character + token.slice(index + 1);
          const claim = parseRefreshToken(changed);
          expect(changed === token || claim === undefined || !isGenuine(claim, secret)).toBe(true);
        },
      ),
    );
  });

  it.each(['', 'rt_', 'x', 'rt_'.padEnd(74, 'A'), `${makeRefreshToken(sessionId, 1, secret)}A`])('does not read %j', (text) => {
    expect(parseRefreshToken(text)).toBeUndefined();
  });
});
