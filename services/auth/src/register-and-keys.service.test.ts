import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../../../tests/harness/http.ts';
import { newEmail, newPerson, PASSWORD } from '../../../tests/harness/people.ts';
import { startTestAuth } from './testing/test-auth.ts';

let auth: Awaited<ReturnType<typeof startTestAuth>>;
let api: string;
beforeAll(async () => {
  auth = await startTestAuth();
  api = `${auth.url}/api/v1/auth`;
});
afterAll(() => auth.stop());

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
