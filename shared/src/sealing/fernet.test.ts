import { assert, nat, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenMalformed, TokenNotAuthentic } from './errors.ts';
import { fernetKey, openFernet, sealFernet } from './fernet.ts';

const SPEC_KEY = fernetKey(Buffer.from('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=', 'base64url'));
const SPEC_TIME = 499_162_800; // 1985-10-26T01:20:00-07:00
const SPEC_TOKEN = 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==';

describe('Fernet', () => {
  it("makes the specification's token", () => {
    const iv = Buffer.from(Array.from({ length: 16 }, (_, index) => index));

    expect(sealFernet(SPEC_KEY, Buffer.from('hello'), SPEC_TIME, iv)).toBe(SPEC_TOKEN);
  });

  it('makes the token of pyca/cryptography with another IV', () => {
    const key = fernetKey(Buffer.from('q6BbNHuCNq7jC37dOcEbfPMRvbuSQaw7xapa8MeKp7I=', 'base64url'));
    const iv = Buffer.from(Array.from({ length: 16 }, (_, index) => 0xf0 + index));
    const plaintext = '{"v":[{"from":"00:00","mgdl":45},{"from":"06:00","mgdl":40}]}';

    expect(sealFernet(key, Buffer.from(plaintext), 1_700_000_000, iv)).toBe(
      'gAAAAABlU_EA8PHy8_T19vf4-fr7_P3-_3HTnBlIyi4dVXLy0jsOrxAwvxmS3gtU10_JPhmzg-xMHvslKvRyLKOaIG8Ki7pxCytug2fcEThqPEKkX4nFrzsZKVyPntFfbfD-dUBNx_atqmtA7P70ILwmrPb84if0Cw==',
    );
  });

  it("opens the specification's token at any age", () => {
    expect(openFernet(SPEC_KEY, SPEC_TOKEN).toString()).toBe('hello');
  });

  it.each([
    [
      'incorrect mac',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
      TokenNotAuthentic,
    ],
    ['too short', 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==', TokenMalformed],
    [
      'invalid base64',
      '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
      TokenMalformed,
    ],
    [
      'not whole blocks',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
      TokenMalformed,
    ],
    [
      'padding error',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
      TokenNotAuthentic,
    ],
    [
      'incorrect IV',
      'gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==',
      TokenNotAuthentic,
    ],
    ['text after the padding', `${SPEC_TOKEN}trailingdata`, TokenMalformed],
    ['padding removed', SPEC_TOKEN.replaceAll('=', ''), TokenMalformed],
    ['one more padding', `${SPEC_TOKEN}=`, TokenMalformed],
    ['a newline', `${SPEC_TOKEN}\n`, TokenMalformed],
    ['last sextet not canonical', SPEC_TOKEN.replace('DA==', 'DB=='), TokenMalformed],
    [
      'the other alphabet',
      'gAAAAAAdwJ6wAAEC/AwQFBgcICQoLDA0ODy+021cpGVWKZ/eEwCGM4BLLF/5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==',
      TokenMalformed,
    ],
  ])('refuses: %s', (_, token, error) => {
    expect(() => openFernet(SPEC_KEY, token)).toThrow(error);
  });

  it('opens what it sealed, and nothing that differs in one bit', () => {
    assert(
      property(uint8Array({ minLength: 32, maxLength: 32 }), uint8Array({ maxLength: 300 }), nat(), (keyBytes, plaintext, place) => {
        const key = fernetKey(Buffer.from(keyBytes));
        const token = sealFernet(key, Buffer.from(plaintext), SPEC_TIME);
        expect(openFernet(key, token)).toEqual(Buffer.from(plaintext));

        const bytes = Buffer.from(token, 'base64url');
        const index = place % bytes.length;
        bytes[index] = (bytes[index] as number) ^ (1 << (place % 8));
        const changed = bytes.toString('base64url');
        expect(() => openFernet(key, changed + '='.repeat((4 - (changed.length % 4)) % 4))).toThrow(Error);
      }),
    );
  });

  it('refuses every beginning of a token', () => {
    for (let length = 0; length < SPEC_TOKEN.length; length++)
      expect(() => openFernet(SPEC_KEY, SPEC_TOKEN.slice(0, length))).toThrow(Error);
  });
});
