import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { type JsMsg, jetstream, type Consumer as PullConsumer } from '@nats-io/jetstream';
import type { Logger } from 'pino';
import { isTransient } from '../database/errors.ts';
import type { Bus } from './connection.ts';
import type { EventData, EventType } from './contracts.ts';
import { type ReceivedEvent, readEvent, UnreadableEvent } from './envelope.ts';
import { park } from './park.ts';

const BATCH_SIZE = 200;
const FETCH_EXPIRES_MS = 2_000;
const REDELIVER_AFTER_MS = 1_000;
const BACK_OFF_MS = { first: 100, longest: 5_000 };

type Handling = { event: EventType; handle: (tx: EntityManager, event: ReceivedEvent) => Promise<void> };

/** Pairs an event with its effect. The effect must be the same done once or twice, and in any order with the others. */
export function on<T extends EventType>(
  event: T,
  handle: (tx: EntityManager, event: ReceivedEvent<EventData<T>>) => Promise<void>,
): Handling {
  return { event, handle: handle as Handling['handle'] };
}

type ConsumerOptions = {
  orm: Pick<MikroORM, 'em'>;
  bus: Bus;
  stream: string;
  durable: string;
  handlings: readonly Handling[];
  logger: Logger;
};

/**
 * Applies the events of one stream: a batch in one transaction, acknowledged after its commit. Killed anywhere, the batch comes again.
 * A fetch loop, not a subscription: it notices a lost leader within seconds instead of after two heartbeats.
 */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #known: ReadonlyMap<string, EventType>;
  readonly #handlers: ReadonlyMap<string, Handling['handle']>;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#known = new Map(options.handlings.map(({ event }) => [event.type, event]));
    this.#handlers = new Map(options.handlings.map(({ event, handle }) => [event.type, handle]));
  }

  start() {
    this.#running = this.#run();
  }

  async close() {
    this.#stop.abort();
    await this.#running;
  }

  async #run() {
    const connection = await this.#options.bus.connection(this.#stop.signal);
    if (!connection) return;
    const { stream, durable, logger } = this.#options;
    let source: PullConsumer | undefined;
    let backOffMs = BACK_OFF_MS.first;
    while (!this.#stop.signal.aborted) {
      try {
        source ??= await jetstream(connection).consumers.get(stream, durable);
        const messages = await this.#fetch(source);
        if (messages.length > 0) await this.#apply(messages);
        backOffMs = BACK_OFF_MS.first;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        source = undefined;
        logger.warn({ err: error, stream }, 'consumer interrupted, trying again');
        await sleep(backOffMs * (0.5 + Math.random() / 2));
        backOffMs = Math.min(backOffMs * 2, BACK_OFF_MS.longest);
      }
    }
  }

  /** What is there now, at most a batch; waits for the first message. */
  async #fetch(source: PullConsumer): Promise<JsMsg[]> {
    const first = await source.next({ expires: FETCH_EXPIRES_MS });
    if (!first) return [];
    const messages = [first];
    if (first.info.pending > 0) {
      const more = Math.min(BATCH_SIZE - 1, first.info.pending);
      for await (const message of await source.fetch({ max_messages: more, expires: FETCH_EXPIRES_MS })) messages.push(message);
    }
    return messages;
  }

  async #apply(messages: JsMsg[]) {
    try {
      await this.#commit(messages);
    } catch (error) {
      if (isTransient(error)) return this.#giveBack(messages, error);
      for (const message of messages) await this.#applyOrPark(message); // one of them cannot be handled: it must not hold up the others
    }
  }

  /** Applies, commits, and only then acknowledges: the last one and waits for it, so that the next fetch does not bring them again. */
  async #commit(messages: JsMsg[]) {
    await this.#options.orm.em.fork().transactional(async (tx) => {
      for (const message of messages) {
        const event = this.#read(message);
        if (event instanceof UnreadableEvent) await this.#park(tx, message, event);
        else await this.#handlers.get(event.type)?.(tx, event);
      }
      await this.#advance(tx, messages.at(-1) as JsMsg);
    });
    for (const message of messages.slice(0, -1)) message.ack();
    await messages.at(-1)?.ackAck();
  }

  async #applyOrPark(message: JsMsg) {
    try {
      await this.#commit([message]);
    } catch (error) {
      if (isTransient(error)) return this.#giveBack([message], error);
      await this.#options.orm.em.fork().transactional(async (tx) => {
        await this.#park(tx, message, error);
        await this.#advance(tx, message);
      });
      message.ack();
    }
  }

  /** The database cannot now: they come again soon, instead of after the time an answer is waited for. */
  #giveBack(messages: JsMsg[], error: unknown) {
    for (const message of messages) message.nak(REDELIVER_AFTER_MS);
    throw error;
  }

  #read(message: JsMsg): ReceivedEvent | UnreadableEvent {
    try {
      return readEvent(message, this.#known);
    } catch (error) {
      if (error instanceof UnreadableEvent) return error;
      throw error;
    }
  }

  /** How far this database has come, in the transaction that took it there. */
  async #advance(tx: EntityManager, { seq }: JsMsg) {
    await tx.execute(
      `insert into stream_positions (stream, stream_seq) values (?, ?)
       on conflict (stream) do update set stream_seq = greatest(stream_positions.stream_seq, excluded.stream_seq)`,
      [this.#options.stream, seq],
    );
  }

  async #park(tx: EntityManager, message: JsMsg, error: unknown) {
    const { stream, logger } = this.#options;
    logger.error({ err: error, stream, streamSeq: message.seq }, 'event parked');
    await park(tx, stream, message, error);
  }
}
