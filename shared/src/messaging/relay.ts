import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamClient, jetstream } from '@nats-io/jetstream';
import { Client } from 'pg';
import type { Logger } from 'pino';
import type { Bus } from './connection.ts';
import type { EventType } from './contracts.ts';
import { envelopeOf, type OutboxRow } from './envelope.ts';

/** Any number, the same in all replicas of a service: the one that holds it sends. */
const LOCK = 471_200;
const BATCH_SIZE = 500;
const PUBLISH_TIMEOUT_MS = 5_000;
/** The net under the poke: another replica's rows, and those of a process that died after its commit. */
const POLL_EVERY_MS = 250;
const BACK_OFF_MS = { first: 100, longest: 5_000 };

type RelayOptions = { databaseUrl: string; bus: Bus; events: readonly EventType[]; logger: Logger };

/**
 * Sends the outbox to JetStream in order and marks a row only after the stream has acknowledged it. Killed anywhere, it sends some
 * rows again under the same id; a consumer's effect is the same once or twice.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #stop = new AbortController();
  #wake: () => void = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  start() {
    this.#running = this.#run();
  }

  /** A transaction with events has been committed. */
  poke() {
    this.#wake();
  }

  async close() {
    this.#stop.abort();
    this.#wake();
    await this.#running;
  }

  async #run() {
    const connection = await this.#options.bus.connection(this.#stop.signal);
    if (!connection) return;
    let backOffMs = BACK_OFF_MS.first;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#lead(jetstream(connection, { timeout: PUBLISH_TIMEOUT_MS }), () => {
          backOffMs = BACK_OFF_MS.first;
        });
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'relay interrupted, trying again');
        await this.#pause(backOffMs * (0.5 + Math.random() / 2));
        backOffMs = Math.min(backOffMs * 2, BACK_OFF_MS.longest);
      }
    }
  }

  /** Leads while its database session lives: the lock goes with the session. */
  async #lead(js: JetStreamClient, onProgress: () => void) {
    const client = new Client({ connectionString: this.#options.databaseUrl, application_name: 'outbox-relay', keepAlive: true });
    client.on('error', () => {}); // the query under way rejects too
    await client.connect();
    try {
      while (!this.#stop.signal.aborted && !(await holdsLock(client))) await this.#pause(POLL_EVERY_MS * 4);
      while (!this.#stop.signal.aborted) {
        const sent = await this.#sendBatch(client, js);
        if (sent > 0) onProgress();
        if (sent < BATCH_SIZE) await this.#pause(POLL_EVERY_MS * (0.8 + Math.random() * 0.4));
      }
    } finally {
      await client.end().catch(() => {});
    }
  }

  async #sendBatch(client: Client, js: JetStreamClient): Promise<number> {
    const { rows } = await client.query<OutboxRow>({
      name: 'outbox-unsent',
      text: 'select seq, id, user_id, aggregate_version, type, data, traceparent, occurred_at from outbox where sent_at is null order by seq limit $1',
      values: [BATCH_SIZE],
    });
    if (rows.length === 0) return 0;
    const acknowledged =
      rows.length === 1 ? await this.#sendOneByOne(js, rows) : await this.#sendAtOnce(js, rows).catch(() => this.#sendOneByOne(js, rows));
    await client.query({
      name: 'outbox-mark-sent',
      text: `update outbox set sent_at = now(), stream_seq = sent.stream_seq
             from unnest($1::bigint[], $2::bigint[]) as sent (seq, stream_seq) where outbox.seq = sent.seq`,
      values: [[...acknowledged.keys()], [...acknowledged.values()]],
    });
    if (acknowledged.size < rows.length) throw new Error(`${rows.length - acknowledged.size} event(s) were not acknowledged`);
    return rows.length;
  }

  /** All or nothing, with one sync to disk. The server refuses a whole batch that holds one id it knows already. */
  async #sendAtOnce(js: JetStreamClient, rows: OutboxRow[]): Promise<Map<string, number>> {
    const messages = rows.map((row) => [row.type, JSON.stringify(row.data), { headers: envelopeOf(row, this.#eventOf(row)) }] as const);
    const batch = await js.startBatch(...(messages[0] as (typeof messages)[number]));
    for (const message of messages.slice(1, -1)) batch.add(...message);
    const [subject, body, options] = messages.at(-1) as (typeof messages)[number];
    const { seq: last } = await batch.commit(subject, body, { ...options, timeout: PUBLISH_TIMEOUT_MS });
    return new Map(rows.map((row, index) => [row.seq, last - rows.length + 1 + index]));
  }

  /** In order for each person: after a failure nothing more of that person is sent, the others go on. */
  async #sendOneByOne(js: JetStreamClient, rows: OutboxRow[]): Promise<Map<string, number>> {
    const acknowledged = new Map<string, number>();
    const blocked = new Set<string>();
    for (const row of rows) {
      if (blocked.has(row.user_id)) continue;
      try {
        const { seq } = await js.publish(row.type, JSON.stringify(row.data), {
          headers: envelopeOf(row, this.#eventOf(row)),
          timeout: PUBLISH_TIMEOUT_MS,
        });
        acknowledged.set(row.seq, seq);
      } catch (error) {
        this.#options.logger.warn({ err: error, eventId: row.id }, 'event not acknowledged');
        blocked.add(row.user_id);
        if (!this.#options.bus.connected) break;
      }
    }
    return acknowledged;
  }

  #eventOf(row: OutboxRow): EventType {
    const event = this.#options.events.find(({ type }) => type === row.type);
    if (!event) throw new Error(`the outbox holds an event of the unknown type ${row.type}`);
    return event;
  }

  async #pause(milliseconds: number) {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([woken, sleep(milliseconds, undefined, { signal: this.#stop.signal }).catch(() => {})]);
  }
}

async function holdsLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [LOCK]);
  return rows[0]?.held ?? false;
}
