import { createHmac, generateKeyPairSync, type JsonWebKey, sign as signBytes } from 'node:crypto';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pino from 'pino';
import { answerProblems } from '../http/problem-handler.ts';
import { goodClaims, ISSUER, startTokenIssuer } from '../testing/token-issuer.ts';
import { accessTokens } from './authenticate.ts';
import { RemoteKeys, toPem } from './remote-keys.ts';

const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

let issuer: Awaited<ReturnType<typeof startTokenIssuer>>;
const app = Fastify();

beforeAll(async () => {
  issuer = await startTokenIssuer();
  app.setErrorHandler(answerProblems);
  await app.register(accessTokens, { keys: new RemoteKeys(issuer.jwksUrl, pino({ level: 'silent' })), issuer: ISSUER });
  app.get('/', { onRequest: app.authenticated('profile:read') }, async ({ user }) => user);
});
afterAll(async () => {
  await app.close();
  await issuer.close();
});

const get = (authorization?: string) => app.inject({ url: '/', headers: authorization === undefined ? {} : { authorization } });

/** Signed as the issuer signs, whatever stands in it. */
function signed(header: object, payload: unknown, { der = false } = {}) {
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = signBytes('sha256', Buffer.from(input), { key: issuer.privatePem, dsaEncoding: der ? 'der' : 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
const header = () => ({ alg: 'ES256', typ: 'at+jwt', kid: issuer.kid });
const without = (claim: string) => Object.fromEntries(Object.entries(goodClaims()).filter(([name]) => name !== claim));
const now = () => Math.floor(Date.now() / 1_000);

describe('authenticated', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('takes a good token after %s, the first time and from the cache', async (scheme) => {
    const token = issuer.token();

    expect((await get(`${scheme} ${token}`)).statusCode).toBe(200);
    expect((await get(`${scheme} ${token}`)).statusCode).toBe(200);
  });

  it.each([undefined, 'Basic YTpi', ''])('asks for a token where none was sent: %s', async (authorization) => {
    const response = await get(authorization);

    expect(response.statusCode).toBe(401);
    expect(response.json().code).toBe('unauthenticated');
    expect(response.headers['www-authenticate']).toBe('Bearer realm="diabetics"');
  });

  it('refuses a scope that does not reach', async () => {
    const response = await get(`Bearer ${issuer.token({ scope: 'profile:write' })}`);

    expect([response.statusCode, response.json().code]).toEqual([403, 'forbidden']);
  });

  const attacks: Record<string, () => string> = {
    'nothing after the scheme': () => '',
    'not a token': () => 'x.y.z',
    'two parts': () => signed(header(), goodClaims()).split('.').slice(0, 2).join('.'),
    'alg none': () => `${encode({ ...header(), alg: 'none' })}.${encode(goodClaims())}.`,
    'HMAC with the public key': () => {
      const input = `${encode({ ...header(), alg: 'HS256' })}.${encode(goodClaims())}`;
      return `${input}.${createHmac('sha256', toPem(issuer.jwks.keys[0] as JsonWebKey))
        .update(input)
        .digest('base64url')}`;
    },
    'HMAC with an empty key': () => {
      const input = `${encode({ ...header(), alg: 'HS256', kid: 'unknown' })}.${encode(goodClaims())}`;
      return `${input}.${createHmac('sha256', '').update(input).digest('base64url')}`;
    },
    'a key of its own in the header': () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const input = `${encode({ ...header(), jwk: publicKey.export({ format: 'jwk' }) })}.${encode(goodClaims())}`;
      return `${input}.${signBytes('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    },
    'unknown kid': () => signed({ ...header(), kid: 'unknown' }, goodClaims()),
    'no kid': () => signed({ alg: 'ES256', typ: 'at+jwt' }, goodClaims()),
    'kid is no text': () => signed({ ...header(), kid: { toString: 'x' } }, goodClaims()),
    'type JWT': () => signed({ ...header(), typ: 'JWT' }, goodClaims()),
    'no type': () => signed({ alg: 'ES256', kid: issuer.kid }, goodClaims()),
    'unknown crit': () => signed({ ...header(), crit: ['x'], x: 1 }, goodClaims()),
    'signature in DER': () => signed(header(), goodClaims(), { der: true }),
    'no signature': () => `${encode(header())}.${encode(goodClaims())}.`,
    'another issuer': () => signed(header(), { ...goodClaims(), iss: 'http://evil.example' }),
    'issuer is a list': () => signed(header(), { ...goodClaims(), iss: [ISSUER] }),
    'issuer is a number': () => signed(header(), { ...goodClaims(), iss: 1 }),
    'another audience': () => signed(header(), { ...goodClaims(), aud: 'other' }),
    expired: () => signed(header(), { ...goodClaims(), exp: now() - 60 }),
    'expiry is a text': () => signed(header(), { ...goodClaims(), exp: 'tomorrow' }),
    'issued in the future': () => signed(header(), { ...goodClaims(), iat: now() + 600 }),
    'not yet valid': () => signed(header(), { ...goodClaims(), nbf: now() + 600 }),
    'payload is a list': () => signed(header(), [1]),
    'payload is no JSON': () => signed(header(), '{'),
    'payload changed': () => {
      const [head, , signature] = signed(header(), goodClaims()).split('.');
      return `${head}.${encode(goodClaims())}.${signature}`;
    },
    ...Object.fromEntries(
      ['iss', 'aud', 'exp', 'iat', 'sub', 'jti', 'sid', 'client_id', 'auth_time', 'scope'].map((claim) => [
        `without ${claim}`,
        () => signed(header(), without(claim)),
      ]),
    ),
  };
  it.each(Object.entries(attacks))('answers 401 to: %s', async (_, make) => {
    const response = await get(`Bearer ${make()}`);

    expect([response.statusCode, response.json().code]).toEqual([401, 'invalid-token']);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="diabetics", error="invalid_token"');
  });
});

describe('the memory of verified tokens', () => {
  it('forgets a token when its key leaves the issuer, and when it expires', async () => {
    const pem = toPem(issuer.jwks.keys[0] as JsonWebKey);
    let isKnown = true;
    const keys = {
      publicPem: async () => {
        if (!isKnown) throw new Error('no key of the issuer has this id');
        return pem;
      },
    };
    const other = Fastify();
    other.setErrorHandler(answerProblems);
    await other.register(accessTokens, { keys, issuer: ISSUER });
    other.get('/', { onRequest: other.authenticated() }, async () => ({}));
    const statusOf = async (token: string) => (await other.inject({ url: '/', headers: { authorization: `Bearer ${token}` } })).statusCode;
    const [token, short] = [issuer.token(), issuer.token({ exp: now() - 4 })]; // within the tolerance for clocks

    expect([await statusOf(token), await statusOf(token), await statusOf(short)]).toEqual([200, 200, 200]);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await statusOf(short)).toBe(401);
    isKnown = false;
    expect(await statusOf(token)).toBe(401);
  });
});

describe('RemoteKeys', () => {
  it('answers 503, not 401, when no key was ever read', async () => {
    const lonely = Fastify();
    lonely.setErrorHandler(answerProblems);
    await lonely.register(accessTokens, {
      keys: new RemoteKeys('http://127.0.0.1:1/jwks.json', pino({ level: 'silent' })),
      issuer: ISSUER,
    });
    lonely.get('/', { onRequest: lonely.authenticated() }, async () => ({}));

    const response = await lonely.inject({ url: '/', headers: { authorization: `Bearer ${issuer.token()}` } });

    expect([response.statusCode, response.json().code, response.headers['retry-after']]).toEqual([503, 'unavailable', '1']);
  });

  it('reads once for many at a time, and serves on while auth is down', async () => {
    const keys = new RemoteKeys(issuer.jwksUrl, pino({ level: 'silent' }));
    const before = issuer.requestCount();

    await Promise.all(Array.from({ length: 20 }, () => keys.publicPem(issuer.kid)));
    expect(issuer.requestCount() - before).toBe(1);

    issuer.setDown(true);
    expect(await keys.publicPem(issuer.kid)).toContain('PUBLIC KEY');
    issuer.setDown(false);
  });

  it('does not let made-up key ids become a load on auth', async () => {
    const keys = new RemoteKeys(issuer.jwksUrl, pino({ level: 'silent' }));
    const before = issuer.requestCount();

    for (let index = 0; index < 10; index++) await expect(keys.publicPem(`made-up-${index}`)).rejects.toThrow('no key');
    expect(issuer.requestCount() - before).toBe(1);
  });
});
