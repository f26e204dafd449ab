import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamClient, jetstream } from '@nats-io/jetstream';
import { Client } from 'pg';
import type { Logger } from 'pino';
import type { Bus } from './connection.ts';
import type { OutboxRow } from './envelope.ts';
import { isKnown, publishAtOnce, publishOneByOne } from './publish.ts';

/** Any number, the same in all replicas of a service: the one that holds it sends. */
const LOCK = 471_200;
const BATCH_SIZE = 500;
/** The net under the poke: another replica's rows, and those of a process that died after its commit. */
const POLL_EVERY_MS = 250;
const BACK_OFF_MS = { first: 100, longest: 5_000 };
const DATABASE_TIMEOUT_MS = 5_000;
/** A leader whose machine is gone loses its lock after so long, not after the two hours of TCP's own habit. */
const LOSE_LOCK_AFTER = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3';

type RelayOptions = { databaseUrl: string; bus: Bus; logger: Logger };

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
        await this.#lead(jetstream(connection), () => {
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
    const client = new Client({
      connectionString: this.#options.databaseUrl,
      application_name: 'outbox-relay',
      connectionTimeoutMillis: DATABASE_TIMEOUT_MS,
      query_timeout: DATABASE_TIMEOUT_MS,
      keepAlive: true,
      options: LOSE_LOCK_AFTER,
    });
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
    const known = rows.filter(isKnown);
    const acknowledged = known.length === 0 ? new Map<string, number>() : await this.#publish(js, known);
    await client.query({
      name: 'outbox-mark-sent',
      text: `update outbox set sent_at = now(), stream_seq = sent.stream_seq
             from unnest($1::bigint[], $2::bigint[]) as sent (seq, stream_seq) where outbox.seq = sent.seq`,
      values: [[...acknowledged.keys()], [...acknowledged.values()]],
    });
    if (acknowledged.size < rows.length) throw new Error(`${rows.length - acknowledged.size} event(s) of the outbox could not be sent`);
    return rows.length;
  }

  async #publish(js: JetStreamClient, rows: OutboxRow[]) {
    const { logger, bus } = this.#options;
    if (rows.length > 1) {
      try {
        return await publishAtOnce(js, rows);
      } catch (error) {
        if (!bus.connected) throw error;
        logger.info({ err: error, rows: rows.length }, 'batch refused, sending its events one by one');
      }
    }
    return publishOneByOne(js, rows, (row, error) => {
      logger.warn({ err: error, eventId: row.id }, 'event not acknowledged');
      return bus.connected && !this.#stop.signal.aborted ? 'go on' : 'stop';
    });
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
