import { describe, expect, it } from 'vitest';
import { parseJson } from './json-body.ts';
import { Problem } from './problem.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

function refusalOf(text: string | Buffer) {
  try {
    parseJson(Buffer.from(text as string));
  } catch (error) {
    if (error instanceof Problem)
      return { code: error.type.code, errors: error.options.errors?.map(({ pointer, code }) => `${pointer} ${code}`) };
    throw error;
  }
  return undefined;
}

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    expect(parseJson(Buffer.from('{"a":[1,2.5,-0,null,true,"x"]}'))).toEqual({ a: [1, 2.5, -0, null, true, 'x'] });
  });

  it.each([
    ['', 'malformed-json'],
    ['{', 'malformed-json'],
    ['{"a":1,}', 'malformed-json'],
    ['NaN', 'malformed-json'],
    ['{"a":01}', 'malformed-json'],
  ])('refuses %j as %s', (text, code) => {
    expect(refusalOf(text)).toMatchObject({ code });
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(refusalOf(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ code: 'malformed-json' });
  });

  it('refuses a key that stands twice, with its place', () => {
    expect(refusalOf('{"s":{"value":1,"value":10},"t":[{"a":1},{"a":1,"a":2}]}')).toEqual({
      code: 'duplicate-key',
      errors: ['#/s/value duplicate-key', '#/t/1/a duplicate-key'],
    });
  });

  it('tells a twin written with an escape', () => {
    expect(refusalOf('{"value":1,"v\\u0061lue":10}')).toMatchObject({ code: 'duplicate-key' });
  });

  it('refuses keys that reach a prototype', () => {
    expect(refusalOf('{"a":{"__proto__":{}},"constructor":1}')).toEqual({
      code: 'invalid-request',
      errors: ['#/a/__proto__ unknown-field', '#/constructor unknown-field'],
    });
  });

  it('refuses a number that overflows', () => {
    expect(refusalOf('{"value":1e400}')).toEqual({ code: 'invalid-request', errors: ['#/value out-of-range'] });
  });

  it('takes 32 levels and refuses 33, also of a broken body, without recursion', () => {
    expect(refusalOf(nested(32))).toBeUndefined();
    expect(refusalOf(nested(33))).toMatchObject({ code: 'invalid-request' });
    expect(refusalOf('['.repeat(30_000))).toMatchObject({ code: 'invalid-request' });
  });

  it('does not count brackets inside text', () => {
    expect(refusalOf(JSON.stringify({ note: `${'['.repeat(100)}"\\` }))).toBeUndefined();
  });
});
