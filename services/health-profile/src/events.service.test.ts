import { randomUUIDv7 } from 'node:crypto';
import { NATS_ADMIN } from '@diabetics/setup/nats-conf';
import { jetstream, type JetStreamClient, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { call, eventually } from '../../../tests/harness/http.ts';
import { startTestHealthProfile } from './testing/test-health-profile.ts';

let service: Awaited<ReturnType<typeof startTestHealthProfile>>;
let admin: NatsConnection;
let js: JetStreamClient;
beforeAll(async () => {
  service = await startTestHealthProfile();
  admin = await connect({ servers: inject('natsUrl'), user: NATS_ADMIN, pass: inject('secrets').natsAdminPassword });
  js = jetstream(admin);
});
afterAll(async () => {
  await admin.close();
  await service.stop();
});

const sql = <T extends object>(text: string, values: unknown[] = []) => service.orm.em.fork().execute<T[]>(text, values);
const isKnown = (userId: string) =>
  eventually(async () => expect(await sql('select 1 from people where user_id = ?', [userId])).toHaveLength(1));

/** Publishes as auth would, with changes. */
function publish(userId: string, changes: Record<string, string> = {}, body: unknown = { userId, createdAt: new Date().toISOString() }) {
  const envelope = headers();
  const id = randomUUIDv7();
  const attributes: Record<string, string> = {
    id,
    specversion: '1.0',
    source: '/auth',
    type: 'auth.user.created.v1',
    subject: userId,
    aggversion: '1',
    ...changes,
  };
  for (const [name, value] of Object.entries(attributes)) envelope.set(`ce-${name}`, value);
  envelope.set('Nats-Msg-Id', attributes.id as string);
  return js.publish('auth.user.created.v1', typeof body === 'string' ? body : JSON.stringify(body), { headers: envelope });
}

describe('auth.user.created.v1', () => {
  it('makes a person known', async () => {
    const userId = randomUUIDv7();
    await publish(userId);
    await isKnown(userId);

    const { body } = await call(service.me, { token: service.issuer.token({ sub: userId }) });
    expect(body).toMatchObject({ userId, version: 0, latestVersion: 0, settings: null });
  });

  it('repeated under another id, changes nothing', async () => {
    const userId = randomUUIDv7();
    await publish(userId);
    await isKnown(userId);
    const before = await sql('select * from people where user_id = ?', [userId]);
    const { seq } = await publish(userId);

    await eventually(async () =>
      expect(
        Number((await sql<{ stream_seq: string }>(`select stream_seq from stream_positions where stream = 'AUTH'`))[0]?.stream_seq),
      ).toBeGreaterThanOrEqual(seq),
    );
    expect(await sql('select * from people where user_id = ?', [userId])).toEqual(before);
  });

  it('after erasure, brings nobody back', async () => {
    const userId = randomUUIDv7();
    await publish(userId);
    await isKnown(userId);
    await sql('update people set erased_at = now() where user_id = ?', [userId]);
    const { seq } = await publish(userId, { aggversion: '2' });
    await eventually(async () =>
      expect(
        Number((await sql<{ stream_seq: string }>(`select stream_seq from stream_positions where stream = 'AUTH'`))[0]?.stream_seq),
      ).toBeGreaterThanOrEqual(seq),
    );

    expect((await call(service.me, { token: service.issuer.token({ sub: userId }) })).status).toBe(410);
  });

  it.each<[string, Record<string, string>, unknown]>([
    ['a type that is not the subject', { type: 'auth.user.deleted.v1' }, undefined],
    ['a source that is not the stream’s', { source: '/health-profile' }, undefined],
    ['a body that is no JSON', {}, '{'],
    ['a body that is not of its schema', {}, { userId: 'x' }],
    ['a body that no text column would take', {}, '\0'],
    ['a subject that is another user', { subject: randomUUIDv7() }, undefined],
  ])('parks %s, and goes on with the next', async (_, changes, body) => {
    const [bad, good] = [randomUUIDv7(), randomUUIDv7()];
    const { seq } = await publish(bad, changes, body);
    await publish(good);

    await isKnown(good);
    expect(await sql('select 1 from people where user_id = ?', [bad])).toEqual([]);
    expect(await sql(`select stream_seq from parked_events where stream = 'AUTH' and stream_seq = ?`, [seq])).toHaveLength(1);
  });

  it('parks an event whose effect fails, and applies the others of its batch', async () => {
    const people = Array.from({ length: 30 }, () => randomUUIDv7());
    const poison = people[12] as string;
    const owner = service.environment.DATABASE_OWNER_URL as string;
    const { withClient } = await import('../../../infra/local/postgres.ts');
    await withClient(owner, (client) => client.query(`alter table people add constraint poison check (user_id <> '${poison}')`));

    for (const userId of people) await publish(userId);
    for (const userId of people) if (userId !== poison) await isKnown(userId);

    const parked = await sql<{ body: Buffer }>(`select body from parked_events where reason = 'handler failed'`);
    expect(parked.map(({ body }) => body.toString())).toEqual([expect.stringContaining(poison)]);
    await withClient(owner, (client) => client.query('alter table people drop constraint poison'));
  });
});

describe('the outbox', () => {
  it('is sent in order, as CloudEvents, and marked with its place in the stream', async () => {
    const userId = randomUUIDv7();
    const token = service.issuer.token({ sub: userId });
    const settings = (value: number) => ({
      timeZone: 'UTC',
      insulinSensitivity: { unit: 'mmol/L/U', segments: [{ start: '00:00', value }] },
      carbRatio: { unit: 'g/U', segments: [{ start: '00:00', value: 10 }] },
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await call(service.me, { method: 'PUT', token, body: { settings: settings(2) }, headers: { 'if-none-match': '*', traceparent } });
    await call(service.me, { method: 'PUT', token, body: { settings: settings(2.1) }, headers: { 'if-match': '"1"' } });

    const sent = await eventually(async () => {
      const rows = await sql<{ stream_seq: string; id: string }>(
        'select * from outbox where user_id = ? and sent_at is not null order by aggregate_version',
        [userId],
      );
      expect(rows).toHaveLength(2);
      return rows;
    });
    expect(Number(sent[0]?.stream_seq)).toBeLessThan(Number(sent[1]?.stream_seq));
    const manager = await jetstreamManager(admin);
    const message = await manager.streams.getMessage('HEALTH_PROFILE', { seq: Number(sent[0]?.stream_seq) });
    expect(message?.subject).toBe('health-profile.changed.v1');
    expect(message?.json()).toEqual({ userId, version: 1, effectiveFrom: expect.any(String) });
    expect(Object.fromEntries([...(message?.header ?? [])].map(([name, [value]]) => [name, value]))).toMatchObject({
      'Nats-Msg-Id': sent[0]?.id,
      'ce-specversion': '1.0',
      'ce-id': sent[0]?.id,
      'ce-source': '/health-profile',
      'ce-type': 'health-profile.changed.v1',
      'ce-subject': userId,
      'ce-aggversion': '1',
      'ce-datacontenttype': 'application/json',
      traceparent,
    });
  });

  it('is sent whole and in order, many rows at a time, once each', async () => {
    const ids = Array.from({ length: 40 }, () => randomUUIDv7());
    const rows = ids.map(
      (id) =>
        `('${id}', '${randomUUIDv7()}', 1, 'health-profile.changed.v1', '{"userId":"x"}', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')`,
    );
    await sql(`insert into outbox (id, user_id, aggregate_version, type, data, traceparent) values ${rows.join()}`);

    const places = await eventually(async () => {
      const sent = await sql<{ stream_seq: string }>(
        `select stream_seq from outbox where id in (${ids.map(() => '?').join()}) and sent_at is not null order by seq`,
        ids,
      );
      expect(sent).toHaveLength(ids.length);
      return sent.map(({ stream_seq }) => Number(stream_seq));
    });
    expect(places).toEqual(places.map((_, index) => (places[0] as number) + index));
  });

  it('sends again what was sent but not marked, without a second message in the stream', async () => {
    const manager = await jetstreamManager(admin);
    const count = async () => (await manager.streams.info('HEALTH_PROFILE')).state.messages;
    const before = await count();
    const [{ affected }] = (await sql<{ affected: number }>(
      `with again as (update outbox set sent_at = null, stream_seq = null where sent_at is not null returning 1) select count(*)::int as affected from again`,
    )) as [{ affected: number }];
    expect(affected).toBeGreaterThan(10);

    await eventually(async () => expect(await sql('select 1 from outbox where sent_at is null')).toEqual([]));
    expect(await count()).toBe(before);
  });
});

describe('rights on the bus', () => {
  it.each([
    'auth.user.created.v1',
    '$JS.API.CONSUMER.CREATE.AUTH',
    '$JS.API.STREAM.PURGE.AUTH',
    '$JS.API.CONSUMER.MSG.NEXT.HEALTH_PROFILE.health-profile',
  ])('health-profile may not publish %s', async (subject) => {
    const seed = new TextEncoder().encode(inject('secrets').healthProfileNkeySeed);
    const connection = await connect({
      servers: inject('natsUrl'),
      authenticator: nkeyAuthenticator(seed),
      inboxPrefix: '_INBOX_health-profile',
    });

    await expect(connection.request(subject, '', { timeout: 1_000 })).rejects.toThrow(/permissions violation/i);
    await connection.close();
  });
});
