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
