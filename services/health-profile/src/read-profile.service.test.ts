import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../../../tests/harness/http.ts';
import { settings } from '../../../tests/harness/people.ts';
import { startTestHealthProfile } from './testing/test-health-profile.ts';

let service: Awaited<ReturnType<typeof startTestHealthProfile>>;
beforeAll(async () => {
  service = await startTestHealthProfile();
});
afterAll(() => service.stop());

const sql = <T extends object>(text: string, values: unknown[] = []) => service.orm.em.fork().execute<T[]>(text, values);
const withSensitivity = (value: number) => ({
  ...settings,
  insulinSensitivity: { unit: 'mg/dL/U', segments: [{ start: '00:00', value }] },
});

/** A person with a good token, as if they had just registered. */
function person() {
  const id = randomUUIDv7();
  const token = service.issuer.token({ sub: id });
  const put = (body: object, headers: Record<string, string> = { 'if-none-match': '*' }) =>
    call(service.me, { method: 'PUT', token, body, headers });
  return { id, token, put, get: (headers: Record<string, string> = {}) => call(service.me, { token, headers }) };
}

describe('GET /me', () => {
  it('says that a person is not known yet, and that this will change', async () => {
    expect((await person().get()).body).toMatchObject({ status: 404, code: 'not-found', retryable: true });
  });

  it('takes the own id for me, and no other', async () => {
    const ana = person();
    await ana.put({ settings });

    expect((await call(`${service.url}/api/v1/health-profiles/${ana.id}`, { token: ana.token })).status).toBe(200);
    expect((await call(`${service.url}/api/v1/health-profiles/${ana.id}`, { token: service.issuer.token() })).body.code).toBe('not-found');
    expect((await call(`${service.url}/api/v1/health-profiles/x%2F..%2Fme`, { token: ana.token })).status).toBe(404);
  });

  it('answers 304 to its own tag', async () => {
    const ana = person();
    await ana.put({ settings });

    expect((await ana.get({ 'if-none-match': '"1"' })).status).toBe(304);
    expect((await ana.get({ 'if-none-match': '"1-0"' })).status).toBe(200);
  });

  it('is gone after erasure, for reading and writing', async () => {
    const ana = person();
    await ana.put({ settings });
    await sql('update people set erased_at = now() where user_id = ?', [ana.id]);

    expect((await ana.get()).body.code).toBe('erased');
    expect((await ana.put({ settings: withSensitivity(46) }, { 'if-match': '"1"' })).status).toBe(410);
  });
});

describe('what is stored', () => {
  it('refuses plain text in PostgreSQL itself', async () => {
    const ana = person();
    await ana.put({ settings });

    await expect(sql(`update settings_versions set document = '{"settings":{}}' where user_id = ?`, [ana.id])).rejects.toThrow(
      'document_is_sealed',
    );
  });

  it.each<[string, string]>([
    [
      "another person's document",
      'update settings_versions set document = (select document from settings_versions where user_id = ?) where user_id = ?',
    ],
    [
      'an older version in place of the new one',
      "update settings_versions set effective_from = now() - interval '1 day' where ? <> user_id and user_id = ?",
    ],
  ])('does not serve %s', async (_, tampering) => {
    const [ana, eva] = [person(), person()];
    await ana.put({ settings });
    await eva.put({ settings: withSensitivity(60) });
    await sql(tampering, [ana.id, eva.id]);

    const { status, text } = await eva.get();
    expect([status, text.includes('insulinSensitivity')]).toEqual([500, false]);
  });

  it.each([
    [
      'moving its row',
      ['delete from settings_versions where user_id = ? and version = 2', 'update settings_versions set version = 2 where user_id = ?'],
    ],
    ['deleting the new one', ['delete from settings_versions where user_id = ? and version = 2']],
    [
      'putting the new one off',
      [`update settings_versions set effective_from = now() + interval '20 hours' where user_id = ? and version = 2`],
    ],
  ])('does not bring an old dose back by %s', async (_, tampering) => {
    const ana = person();
    await ana.put({ settings });
    await ana.put({ settings: withSensitivity(60) }, { 'if-match': '"1"' });
    for (const statement of tampering) await sql(statement, [ana.id]);

    expect((await ana.get()).status).toBe(500);
    expect((await ana.put({ settings: withSensitivity(61) }, { 'if-match': '"2"' })).status).toBe(500);
  });

  it('is sealed anew after a first write that was rolled back', async () => {
    const ana = person();
    await sql('insert into people (user_id, provisioned_at, latest_version) values (?, now(), 0)', [ana.id]);
    const owner = service.environment.DATABASE_OWNER_URL as string;
    const { withClient } = await import('../../../infra/local/postgres.ts');
    await withClient(owner, (client) => client.query(`alter table outbox add constraint fails check (user_id <> '${ana.id}')`));
    expect((await ana.put({ settings })).status).toBe(500);
    await withClient(owner, (client) => client.query('alter table outbox drop constraint fails'));

    expect((await ana.put({ settings })).status).toBe(200);
    expect((await ana.get()).body).toMatchObject({ version: 1, settings });
  });
});

describe('GET /limits', () => {
  it('needs no token, can be cached, and says the numbers of the check with their sources', async () => {
    const { body, headers } = await call(`${service.url}/api/v1/health-profiles/limits`);

    expect(body).toMatchObject({ version: '1', clinicallyReviewed: false, defaultPopulation: 'adult' });
    expect(body.settings.insulinSensitivity['mg/dL/U']).toMatchObject({ reject: { min: 2, max: 1000 }, sources: [expect.any(String)] });
    expect(body.populations.child.insulinSensitivity['mmol/L/U'].reject).toEqual({ min: 0.11, max: 111 });
    expect(body.rules.map(({ code }: { code: string }) => code)).toContain('suspend-above-target');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(
      (await call(`${service.url}/api/v1/health-profiles/limits`, { headers: { 'if-none-match': headers.get('etag') as string } })).status,
    ).toBe(304);
  });
});
