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
const minutesAhead = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

describe('PUT /me', () => {
  it('writes the first version before the event of the registration has arrived, and returns it as entered', async () => {
    const ana = person();
    const { status, body, headers } = await ana.put({ settings, note: 'from the clinic' });

    expect([status, headers.get('etag')]).toEqual([200, '"1"']);
    expect(body).toMatchObject({
      userId: ana.id,
      version: 1,
      latestVersion: 1,
      createdBy: ana.id,
      settings,
      findings: [],
      limitsVersion: '1',
      pending: null,
    });
    expect(body.settingsHash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect((await ana.get()).body).toEqual(body);
  });

  it('needs the version that is replaced to be named', async () => {
    const ana = person();

    expect((await ana.put({ settings }, {})).body.code).toBe('precondition-required');
    expect((await ana.put({ settings }, { 'if-match': '*' })).body).toMatchObject({
      code: 'invalid-request',
      errors: [{ pointer: 'header:If-Match' }],
    });
    expect((await ana.put({ settings }, { 'if-none-match': '"1"' })).body).toMatchObject({
      code: 'invalid-request',
      errors: [{ pointer: 'header:If-None-Match' }],
    });
    expect((await ana.put({ settings }, { 'if-match': '"0"' })).status).toBe(200);
  });

  it('refuses a stale version and tells the latest', async () => {
    const ana = person();
    await ana.put({ settings });
    await ana.put({ settings: withSensitivity(46) }, { 'if-match': '"1"' });

    const { status, body } = await ana.put({ settings: withSensitivity(50) }, { 'if-match': '"1"' });

    expect([status, body.code, body.latestVersion]).toEqual([412, 'version-conflict', 2]);
  });

  it('lets one of two writers through, and the same write sent again get its answer', async () => {
    const ana = person();
    await ana.put({ settings });
    const answers = await Promise.all([46, 47, 46].map((value) => ana.put({ settings: withSensitivity(value) }, { 'if-match': '"1"' })));

    const [first, second, again] = answers.map(({ status }) => status);
    expect([first, second].map(String).toSorted()).toEqual(['200', '412']);
    expect(again).toBe(first);
    expect((await sql('select version from settings_versions where user_id = ?', [ana.id])).length).toBe(2);
  });

  it('makes no version of the same settings', async () => {
    const ana = person();
    await ana.put({ settings });
    const reordered = JSON.parse(JSON.stringify(settings).replace('"value":45', '"value":45.0'));

    const { status, body } = await ana.put({ settings: reordered, note: 'dropped' }, { 'if-match': '"1"' });

    expect([status, body.latestVersion]).toEqual([200, 1]);
    const acknowledgements = [{ finding: '0123456789abcdef', reason: 'dropped unread' }];
    expect((await ana.put({ settings, acknowledgements }, { 'if-match': '"1"' })).status).toBe(200);
    expect(await sql('select event_version from people where user_id = ?', [ana.id])).toEqual([{ event_version: 1 }]);
  });

  it('keeps a version for later until its time', async () => {
    const ana = person();
    await ana.put({ settings });
    const effectiveFrom = minutesAhead(60);
    const { body, headers } = await ana.put({ settings: withSensitivity(50), effectiveFrom }, { 'if-match': '"1"' });

    expect(headers.get('etag')).toBe('"2-1"');
    expect(body).toMatchObject({ version: 1, latestVersion: 2, settings, pending: { version: 2, effectiveFrom } });
    expect((await ana.put({ settings: withSensitivity(51) }, { 'if-match': '"2-1"' })).body).toMatchObject({
      version: 3,
      latestVersion: 3,
      pending: null,
    });
  });

  it.each([minutesAhead(-6), minutesAhead(24 * 60 + 1)])('refuses effectiveFrom %s', async (effectiveFrom) => {
    expect((await person().put({ settings, effectiveFrom })).body.code).toBe('effective-from-out-of-range');
  });

  it('takes four minutes ago as now', async () => {
    const { body } = await person().put({ settings, effectiveFrom: minutesAhead(-4) });

    expect(body.effectiveFrom).toBe(body.createdAt);
  });

  it('refuses impossible values, all at once, and writes nothing', async () => {
    const ana = person();
    const { status, body } = await ana.put({
      settings: { ...withSensitivity(1500), timeZone: 'Mars/Olympus', maxBolus: { unit: 'U', value: 600 } },
      effectiveFrom: minutesAhead(-60),
      acknowledgements: [{ finding: 'made-up', reason: 'because' }],
    });

    expect([status, body.code]).toEqual([422, 'settings-refused']);
    expect(body.errors.map(({ code }: { code: string }) => code)).toEqual([
      'unknown-time-zone',
      'out-of-range',
      'out-of-range',
      'unused-acknowledgement',
      'effective-from-out-of-range',
    ]);
    expect(body.errors[1]).toMatchObject({
      pointer: '#/settings/insulinSensitivity/segments/0/value',
      limit: 1000,
      unit: 'mg/dL/U',
      insideFor: ['child'],
    });
    expect(JSON.stringify(body)).not.toContain('1500');
    expect(await sql('select 1 from people where user_id = ?', [ana.id])).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      'a unit that is missing',
      { insulinSensitivity: { segments: [{ start: '00:00', value: 45 }] } },
      '#/settings/insulinSensitivity/unit missing-field',
    ],
    ['an unknown unit', { carbRatio: { unit: 'U/g', segments: [{ start: '00:00', value: 10 }] } }, '#/settings/carbRatio/unit bad-format'],
    ['a misspelt field', { insulinsensitivity: 1 }, '#/settings/insulinsensitivity unknown-field'],
    ['a number as text', { maxBolus: { unit: 'U', value: '10' } }, '#/settings/maxBolus/value wrong-type'],
    [
      'a start without its zero',
      { carbRatio: { unit: 'g/U', segments: [{ start: '0:00', value: 10 }] } },
      '#/settings/carbRatio/segments/0/start bad-format',
    ],
    ['no segments', { carbRatio: { unit: 'g/U', segments: [] } }, '#/settings/carbRatio/segments out-of-range'],
    [
      '49 segments',
      { carbRatio: { unit: 'g/U', segments: Array.from({ length: 49 }, () => ({ start: '00:00', value: 10 })) } },
      '#/settings/carbRatio/segments out-of-range',
    ],
    [
      'half a minute',
      { insulinAction: { curve: 'exponential', durationMinutes: 360.5, peakMinutes: 75 } },
      '#/settings/insulinAction/durationMinutes wrong-type',
    ],
    [
      'an unknown curve',
      { insulinAction: { curve: 'walsh', durationMinutes: 360, peakMinutes: 75 } },
      '#/settings/insulinAction/curve bad-format',
    ],
  ])('refuses the form of %s', async (_, change, error) => {
    const { status, body } = await person().put({ settings: { ...settings, ...change } });

    expect([status, body.errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`)]).toEqual([
      400,
      [error],
    ]);
  });

  it.each(['2026-11-25 06:05:43Z', '2026-11-25T06:05:43+0000', 'tomorrow', '2026-11-25T23:59:60Z'])(
    'refuses the form of effectiveFrom %s',
    async (effectiveFrom) => {
      expect((await person().put({ settings, effectiveFrom })).body).toMatchObject({
        code: 'invalid-request',
        errors: [{ pointer: '#/effectiveFrom', code: 'bad-format' }],
      });
    },
  );

  it('tells a missing precondition after the form, and before another person', async () => {
    const other = `${service.url}/api/v1/health-profiles/${randomUUIDv7()}`;
    const token = service.issuer.token();

    expect((await call(other, { method: 'PUT', token, body: {} })).status).toBe(400);
    expect((await call(other, { method: 'PUT', token, body: { settings } })).status).toBe(428);
    expect((await call(other, { method: 'PUT', token, body: { settings }, headers: { 'if-none-match': '*' } })).status).toBe(404);
  });

  it('needs profile:write', async () => {
    const { status, body } = await call(service.me, {
      method: 'PUT',
      token: service.issuer.token({ scope: 'profile:read' }),
      body: { settings },
      headers: { 'if-none-match': '*' },
    });

    expect([status, body.code]).toEqual([403, 'forbidden']);
  });

  it('tells of each version by an event, first the counter', async () => {
    const ana = person();
    await ana.put({ settings });
    await ana.put({ settings: withSensitivity(46) }, { 'if-match': '"1"' });

    expect(await sql('select type, aggregate_version, data from outbox where user_id = ? order by seq', [ana.id])).toMatchObject([
      { type: 'health-profile.changed.v1', aggregate_version: 1, data: { userId: ana.id, version: 1, effectiveFrom: expect.any(String) } },
      { type: 'health-profile.changed.v1', aggregate_version: 2, data: { version: 2 } },
    ]);
  });
});
