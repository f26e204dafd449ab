import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, eventually } from '../../../tests/harness/http.ts';
import { newEmail, newPerson, PASSWORD } from '../../../tests/harness/people.ts';
import { startTestAuth } from './testing/test-auth.ts';

let auth: Awaited<ReturnType<typeof startTestAuth>>;
let api: string;
beforeAll(async () => {
  auth = await startTestAuth();
  api = `${auth.url}/api/v1/auth`;
});
afterAll(() => auth.stop());

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
const sql = <T extends object>(text: string, values: unknown[] = []) => auth.orm.em.fork().execute<T[]>(text, values);
const eventsOf = (userId: string) =>
  sql<{ type: string; data: Record<string, unknown>; aggregate_version: number }>('select * from outbox where user_id = ? order by seq', [
    userId,
  ]);

describe('POST /register', () => {
  it('answers with the user, address as entered', async () => {
    const email = `  Ana.${randomUUID()}@Example.ORG`;

    const { status, body } = await call(`${api}/register`, { body: { email, password: PASSWORD, locale: 'es' } });

    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      email,
      emailVerified: false,
      createdAt: expect.any(String),
      mfa: { totp: false },
    });
  });

  it('takes an address once, however it is spelled', async () => {
    const email = newEmail();
    await call(`${api}/register`, { body: { email, password: PASSWORD } });

    const { status, body } = await call(`${api}/register`, { body: { email: ` ${email.toUpperCase()}`, password: PASSWORD } });

    expect([status, body.code]).toEqual([409, 'email-taken']);
  });

  it('takes an address once, also ten times at the same moment', async () => {
    const email = newEmail();
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(`${api}/register`, { body: { email, password: PASSWORD } })));

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, ...Array<number>(9).fill(409)]);
  });

  it('refuses a short password with the limit', async () => {
    const { status, body } = await call(`${api}/register`, { body: { email: newEmail(), password: 'short' } });

    expect([status, body.code]).toEqual([422, 'password-refused']);
    expect(body.errors).toEqual([{ pointer: '#/password', code: 'too-short', detail: 'A password needs at least 15 characters.' }]);
  });

  it('tells all faults of the form at once and repeats no value', async () => {
    const { status, body, text } = await call(`${api}/register?att=1`, { body: { email: 7, passwort: 'hunter2', locale: 'x'.repeat(36) } });

    expect([status, body.code]).toEqual([400, 'invalid-request']);
    expect(body.errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`).sort()).toEqual([
      '#/email wrong-type',
      '#/locale out-of-range',
      '#/password missing-field',
      '#/passwort unknown-field',
      'query:att unknown-field',
    ]);
    expect(text).not.toContain('hunter2');
  });

  it('stores nothing that says who it is', async () => {
    const person = await newPerson(auth.url);
    const [row] = await sql<Record<string, unknown>>('select * from users where id = ?', [person.id]);

    expect(JSON.stringify(row)).not.toContain('ana');
    expect(row?.email).toMatch(/^f1\.1\.gAAAAA/);
    await expect(sql('update users set email = ? where id = ?', [person.email, person.id])).rejects.toThrow('email_is_sealed');
  });

  it('writes the event in the same transaction, first of its person', async () => {
    const { id } = await newPerson(auth.url);

    expect(await eventsOf(id)).toMatchObject([{ type: 'auth.user.created.v1', aggregate_version: 1, data: { userId: id } }]);
  });
});

describe('POST /login', () => {
  it('gives tokens of the agreed form', async () => {
    const { email, id } = await newPerson(auth.url);

    const { status, body, headers } = await call(`${api}/login`, {
      body: { email: email.toUpperCase(), password: PASSWORD, deviceName: 'Ana’s phone' },
    });

    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({
      tokenType: 'Bearer',
      expiresInSeconds: 1800,
      refreshToken: expect.stringMatching(/^rt_/),
      sessionId: expect.any(String),
    });
    const claims = claimsOf(body.accessToken);
    expect(claims).toMatchObject({
      iss: 'http://127.0.0.1:8080',
      aud: 'diabetics-api',
      client_id: 'diabetics-app',
      sub: id,
      sid: body.sessionId,
      amr: ['pwd'],
      scope: 'profile:read profile:write',
    });
    expect(claims.exp - claims.iat).toBe(1800);
    expect(Object.keys(claims).sort()).toEqual(['amr', 'aud', 'auth_time', 'client_id', 'exp', 'iat', 'iss', 'jti', 'scope', 'sid', 'sub']);
  });

  it.each([
    ['a wrong password', async () => ({ email: (await newPerson(auth.url)).email, password: 'not this passphrase' })],
    ['an unknown address', async () => ({ email: newEmail(), password: PASSWORD })],
    ['an empty password', async () => ({ email: (await newPerson(auth.url)).email, password: '' })],
    ['a password too long to be any', async () => ({ email: (await newPerson(auth.url)).email, password: 'x'.repeat(1024) })],
    ['text that is no address', async () => ({ email: 'nobody', password: PASSWORD })],
  ])('answers the same to %s', async (_, credentials) => {
    const { status, body, headers } = await call(`${api}/login`, { body: await credentials() });

    expect([status, body.code, headers.get('www-authenticate')]).toEqual([401, 'invalid-credentials', 'Bearer realm="diabetics"']);
  });

  it('gives fewer scopes when asked, never unknown ones', async () => {
    const { email } = await newPerson(auth.url);
    const narrow = await call(`${api}/login`, { body: { email, password: PASSWORD, scope: 'profile:read' } });
    const unknown = await call(`${api}/login`, { body: { email, password: PASSWORD, scope: 'profile:read admin' } });

    expect(claimsOf(narrow.body.accessToken).scope).toBe('profile:read');
    expect([unknown.status, unknown.body.errors[0].pointer]).toEqual([400, '#/scope']);
    expect((await call(`${api}/refresh`, { body: { refreshToken: narrow.body.refreshToken, scope: 'profile:write' } })).status).toBe(400);
  });

  it('does not survive a change of credentials that overtook it, also one that is about to be committed', async () => {
    const { email, id } = await newPerson(auth.url);
    const statuses: number[] = [];

    await auth.orm.em.fork().transactional(async (tx) => {
      await tx.execute('update users set credential_version = credential_version + 1 where id = ?', [id]);
      const login = call(`${api}/login`, { body: { email, password: PASSWORD } });
      await new Promise((resolve) => setTimeout(resolve, 500)); // longer than the password takes
      expect(await Promise.race([login, Promise.resolve('waits for the commit')])).toBe('waits for the commit');
      void login.then(({ status }) => statuses.push(status));
    });

    await eventually(async () => expect(statuses).toEqual([401]));
  });

  it('says when too many passwords wait to be checked', async () => {
    const busy = await startTestAuth({ PASSWORD_QUEUE_LIMIT: '1' });
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => call(`${busy.url}/api/v1/auth/login`, { body: { email: newEmail(), password: PASSWORD } })),
    );
    await busy.stop();

    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.body.code).toBe('busy');
    expect(refused[0]?.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});

describe('POST /refresh', () => {
  const refresh = (refreshToken: string) => call(`${api}/refresh`, { body: { refreshToken } });

  it('gives the next tokens, with the time of the login', async () => {
    const person = await newPerson(auth.url);
    const { status, body } = await refresh(person.refreshToken);

    expect(status).toBe(200);
    expect(body.refreshToken).not.toBe(person.refreshToken);
    expect(claimsOf(body.accessToken)).toMatchObject({ sid: person.sessionId, auth_time: claimsOf(person.token).auth_time });
  });

  it('gives twenty at the same moment, and a retry, the same next token', async () => {
    const { refreshToken, sessionId } = await newPerson(auth.url);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
    answers.push(await refresh(refreshToken));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
    expect(await sql('select generation from sessions where id = ?', [sessionId])).toEqual([{ generation: 1 }]);
  });

  it('ends the session when a superseded token comes back after its grace, and tells of it', async () => {
    const person = await newPerson(auth.url);
    const { body } = await refresh(person.refreshToken);
    await sql(`update sessions set rotated_at = rotated_at - interval '61 seconds' where id = ?`, [person.sessionId]);

    expect((await refresh(person.refreshToken)).body.code).toBe('invalid-refresh-token');
    expect((await refresh(body.refreshToken)).status).toBe(401);
    expect((await call(`${api}/me`, { token: body.accessToken })).body.code).toBe('invalid-token');
    expect(await eventsOf(person.id)).toMatchObject([
      { type: 'auth.user.created.v1' },
      { type: 'auth.session.revoked.v1', data: { sessionId: person.sessionId, reason: 'refresh-token-reuse' } },
    ]);
  });

  it('revokes nothing for a forged token', async () => {
    const person = await newPerson(auth.url);
    const forged = `${person.refreshToken.slice(0, -4)}AAAA`;

    expect((await refresh(forged)).status).toBe(401);
    expect((await refresh(person.refreshToken)).status).toBe(200);
  });

  it('goes on from a token of a later generation than its row: the database was rolled back', async () => {
    const person = await newPerson(auth.url);
    let token = person.refreshToken;
    for (let generation = 1; generation <= 3; generation++) token = (await refresh(token)).body.refreshToken;
    await sql('update sessions set generation = 1 where id = ?', [person.sessionId]);

    expect((await refresh(token)).status).toBe(200);
    expect(await sql('select generation from sessions where id = ?', [person.sessionId])).toEqual([{ generation: 4 }]);
  });

  it.each(['idle_expires_at', 'expires_at'])('refuses after %s', async (column) => {
    const person = await newPerson(auth.url);
    await sql(`update sessions set ${column} = now() where id = ?`, [person.sessionId]);

    expect((await refresh(person.refreshToken)).status).toBe(401);
  });

  it.each(['', 'x', 'rt_'.padEnd(74, 'A'), 'x'.repeat(512)])('answers 401 to %j', async (text) => {
    expect((await refresh(text)).body.code).toBe('invalid-refresh-token');
  });
});

describe('POST /logout', () => {
  it('ends the session of the access token at once, and tells of it', async () => {
    const person = await newPerson(auth.url);
    const { status, text } = await call(`${api}/logout`, { method: 'POST', token: person.token });

    expect([status, text]).toEqual([204, '']);
    expect((await call(`${api}/me`, { token: person.token })).status).toBe(401);
    expect((await call(`${api}/refresh`, { body: { refreshToken: person.refreshToken } })).status).toBe(401);
    expect(await eventsOf(person.id)).toMatchObject([
      { aggregate_version: 1 },
      { aggregate_version: 2, data: { reason: 'logout', sessionId: person.sessionId } },
    ]);
  });

  it('ends the session of a refresh token, and answers 204 to one that means nothing', async () => {
    const person = await newPerson(auth.url);

    expect((await call(`${api}/logout`, { body: { refreshToken: person.refreshToken } })).status).toBe(204);
    expect((await call(`${api}/logout`, { body: { refreshToken: person.refreshToken } })).status).toBe(204);
    expect((await call(`${api}/logout`, { body: { refreshToken: 'nothing' } })).status).toBe(204);
    expect((await call(`${api}/refresh`, { body: { refreshToken: person.refreshToken } })).status).toBe(401);
  });

  it('takes an empty body of any type', async () => {
    const { token } = await newPerson(auth.url);

    expect((await call(`${api}/logout`, { method: 'POST', token, headers: { 'content-type': 'garbage' } })).status).toBe(204);
  });

  it('asks who is meant', async () => {
    expect((await call(`${api}/logout`, { method: 'POST' })).body.code).toBe('unauthenticated');
  });
});

describe('GET /me', () => {
  it('opens the address', async () => {
    const { token, email, id } = await newPerson(auth.url);

    expect((await call(`${api}/me`, { token })).body).toMatchObject({ id, email, mfa: { totp: false } });
  });

  it('does not open an address that was moved to another row', async () => {
    const [ana, eva] = [await newPerson(auth.url), await newPerson(auth.url)];
    await sql('update users set email = (select email from users where id = ?) where id = ?', [ana.id, eva.id]);

    const { status, text } = await call(`${api}/me`, { token: eva.token });

    expect(status).toBe(500);
    expect(text).not.toContain(ana.email);
  });
});

describe('keys and metadata', () => {
  it('publishes the key that signs and the one that follows it, nothing private', async () => {
    const { token } = await newPerson(auth.url);
    const { body, headers } = await call(`${auth.url}/.well-known/jwks.json`);

    expect(body.keys).toHaveLength(2);
    expect(body.keys.map(({ kid }: { kid: string }) => kid)).toContain(
      JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString()).kid,
    );
    expect(JSON.stringify(body)).not.toContain('"d"');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect((await call(`${auth.url}/.well-known/jwks.json`, { headers: { 'if-none-match': headers.get('etag') as string } })).status).toBe(
      304,
    );
  });

  it('describes itself by RFC 8414', async () => {
    expect((await call(`${auth.url}/.well-known/oauth-authorization-server`)).body).toMatchObject({
      issuer: 'http://127.0.0.1:8080',
      jwks_uri: 'http://127.0.0.1:8080/.well-known/jwks.json',
      response_types_supported: [],
    });
  });
});

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
