import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256Of } from './settings-hash.ts';

describe('sha256Of', () => {
  it('is the same for the same values, however they were written', () => {
    expect(sha256Of(JSON.parse('{"a":45.0,"b":-0,"c":[1e1]}'))).toBe(sha256Of(JSON.parse('{"c":[10],"b":0,"a":45}')));
  });

  it('differs for different values', () => {
    expect(sha256Of({ a: 45 })).not.toBe(sha256Of({ a: 45.1 }));
  });

  it('follows RFC 8785', () => {
    expect(
      canonicalJson(JSON.parse('{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"b":"\\u20ac$","a":null}')),
    ).toBe('{"a":null,"b":"€$","numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}');
    expect(sha256Of({})).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });
});
