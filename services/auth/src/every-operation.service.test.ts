import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../../../tests/harness/http.ts';
import { newPerson } from '../../../tests/harness/people.ts';
import { startTestAuth } from './testing/test-auth.ts';

let auth: Awaited<ReturnType<typeof startTestAuth>>;
let api: string;
beforeAll(async () => {
  auth = await startTestAuth();
  api = `${auth.url}/api/v1/auth`;
});
afterAll(() => auth.stop());

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());

describe('every operation', () => {
  it('puts path before method before token before type before form', async () => {
    const text = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' };

    expect((await call(`${api}/nothing`, text)).status).toBe(404);
    const wrongMethod = await call(`${api}/login`, { ...text, method: 'PUT' });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await call(`${api}/me`, text)).status).toBe(405);
    expect((await call(`${api}/logout`, { ...text, token: 'x' })).status).toBe(401);
    expect((await call(`${api}/login`, text)).status).toBe(415);
    expect((await call(`${api}/login`, { body: { email: 'x'.repeat(70_000), password: '' } })).status).toBe(413);
    expect((await call(`${api}/login`, { method: 'POST' })).body.code).toBe('malformed-json');
    expect((await call(`${api}/login`, { body: '{"email":"a","email":"b"}' })).body.code).toBe('duplicate-key');
  });

  it.each<[string, string, string]>([
    ['half a surrogate pair as a key', '{"\\ud800":1}', 'unknown-field'],
    ['half a surrogate pair as a value', '{"email":"\\ud800@example.org","password":"x"}', 'bad-format'],
    ['a number that would become 0', '{"email":"a@example.org","password":1e-400}', 'out-of-range'],
  ])('refuses %s', async (_, body, code) => {
    const answer = await call(`${api}/login`, { body });

    expect([answer.status, answer.body.errors.map((error: { code: string }) => error.code)]).toEqual([400, expect.arrayContaining([code])]);
  });

  it('tells what no schema sees together with what it sees', async () => {
    const { body } = await call(`${api}/login?x=1`, { body: '{"email":"a@example.org","email":"b@example.org","passwort":"x"}' });

    expect([body.code, body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()]).toEqual([
      'duplicate-key',
      ['#/email', '#/password', '#/passwort', 'query:x'],
    ]);
  });

  it('answers what is no HTTP, and paths that cannot be decoded, with problems that carry the headers', async () => {
    const { connect } = await import('node:net');
    const text = await new Promise<string>((resolve) => {
      let received = '';
      const socket = connect(Number(new URL(api).port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      socket.on('data', (chunk) => (received += chunk)).on('close', () => resolve(received));
    });
    expect(text).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(text).toMatch(/x-request-id: .*"code":"invalid-request"/s);
    const undecodable = await call(`${api}/%ff`);
    expect([undecodable.status, undecodable.headers.get('x-content-type-options'), undecodable.headers.has('x-request-id')]).toEqual([
      404,
      'nosniff',
      true,
    ]);
  });

  it('carries the agreed headers and the request id that was sent, or its own', async () => {
    const { headers } = await call(`${api}/me`, { headers: { 'x-request-id': 'client-id_1' } });

    expect(Object.fromEntries(headers)).toMatchObject({
      'x-request-id': 'client-id_1',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers.has('server')).toBe(false);
    const own = await call(`${api}/me`, { headers: { 'x-request-id': 'bad id!' } });
    expect(own.headers.get('x-request-id')).toBe(own.body.requestId);
    expect(own.body.requestId).not.toBe('bad id!');
  });

  it('knows no query parameter that it does not name', async () => {
    const { token } = await newPerson(auth.url);
    const { status, body } = await call(`${api}/me?at=now`, { token });

    expect([status, body.errors[0].pointer]).toEqual([400, 'query:at']);
  });

  it('refuses two tokens in one request', async () => {
    const { token } = await newPerson(auth.url);
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      const sent = request(`${api}/me`, (response) => resolve(response.resume().statusCode));
      sent.setHeader('authorization', [`Bearer ${token}`, `Bearer ${token}`]);
      sent.end();
    });

    expect(status).toBe(401);
  });

  it('does not take a token of somebody who does not exist here', async () => {
    const [header, , signature] = (await newPerson(auth.url)).token.split('.');
    const claims = Buffer.from(JSON.stringify({ ...claimsOf((await newPerson(auth.url)).token), sub: randomUUIDv7() })).toString(
      'base64url',
    );

    expect((await call(`${api}/me`, { token: `${header}.${claims}.${signature}` })).status).toBe(401);
  });
});
