import { describe, expect, it } from 'vitest';
import { matchesTag } from '@diabetics/shared/http/etag';
import { replaceableVersions } from './preconditions.ts';

describe('replaceableVersions', () => {
  it.each<[string, number[]]>([
    ['"3"', [3]],
    ['"3-2"', [3]],
    ['"3", "5-1"', [3, 5]],
    ['W/"3"', []],
    ['W/"3", "4"', [4]],
    ['"03"', []],
    ['"x"', []],
    ['""', []],
    ['"99999999999"', []],
  ])('If-Match: %s names %j', (header, versions) => {
    expect(replaceableVersions({ 'if-match': header })).toEqual(versions);
  });

  it('If-None-Match: * names the version before the first', () => {
    expect(replaceableVersions({ 'if-none-match': '*' })).toEqual([0]);
  });

  it('both together must both hold', () => {
    expect(replaceableVersions({ 'if-match': '"1"', 'if-none-match': '*' })).toEqual([]);
    expect(replaceableVersions({ 'if-match': '"0"', 'if-none-match': '*' })).toEqual([0]);
  });

  it('asks for one of them', () => {
    expect(() => replaceableVersions({})).toThrow('precondition-required');
  });
});

describe('matchesTag', () => {
  it.each(['"3"', 'W/"3"', '"1", "3"', '*'])('%s matches', (header) => {
    expect(matchesTag(header, '"3"')).toBe(true);
  });

  it.each([undefined, '"3-2"', '3', '"33"'])('%s does not', (header) => {
    expect(matchesTag(header, '"3"')).toBe(false);
  });
});
