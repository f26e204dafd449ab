import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeyMismatchError } from './errors.ts';
import { localKeks } from './kek.ts';

const named = (id: string) => ({ id, key: createSecretKey(randomBytes(32)) });
const context = { service: 'health-profile', owner: '018f3f2e-7c1a-7000-8000-000000000001', version: 1 };

describe('localKeks', () => {
  it('wraps under the first key and unwraps under all', async () => {
    const [old, young] = [named('2025'), named('2026')];
    const dataKey = randomBytes(32);
    const wrapped = await localKeks([old]).wrap(dataKey, context);

    expect(wrapped).toMatch(/^k1\.2025\./);
    expect(await localKeks([young, old]).unwrap(wrapped, context)).toEqual(dataKey);
    expect(await localKeks([young, old]).wrap(dataKey, context)).toMatch(/^k1\.2026\./);
  });

  it.each([
    ['another owner', { ...context, owner: '018f3f2e-7c1a-7000-8000-000000000002' }],
    ['another version', { ...context, version: 2 }],
    ['another service', { ...context, service: 'auth' }],
  ])('does not unwrap for %s', async (_, other) => {
    const keks = localKeks([named('k')]);
    const wrapped = await keks.wrap(randomBytes(32), context);

    await expect(keks.unwrap(wrapped, other)).rejects.toThrow(KeyMismatchError);
  });

  it('does not unwrap under another key of the same id, nor under an unknown one, nor with a short tag', async () => {
    const key = named('k');
    const wrapped = await localKeks([key]).wrap(randomBytes(32), context);
    const cut = `k1.k.${Buffer.from(wrapped.split('.')[2] as string, 'base64url')
      .subarray(0, 48)
      .toString('base64url')}`;

    await expect(localKeks([named('k')]).unwrap(wrapped, context)).rejects.toThrow(KeyMismatchError);
    await expect(localKeks([named('other')]).unwrap(wrapped, context)).rejects.toThrow(KeyMismatchError);
    await expect(localKeks([key]).unwrap(cut, context)).rejects.toThrow(KeyMismatchError);
  });
});
