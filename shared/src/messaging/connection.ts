import { connect, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import type { Logger } from 'pino';

type ConnectionOptions = {
  /** Comma-separated `nats://host:port`. */
  url: string;
  /** The service's seed; the server knows only the public half. */
  nkeySeed: string;
  /** Name of the service: of the connection and of the only inbox it may listen on. */
  name: string;
  logger: Logger;
};

const RECONNECT_EVERY_MS = 250;
/** A server that hangs is noticed after two missed answers. */
const PING_EVERY_MS = 5_000;

/** The bus of one service. It may be away at any time, also at the start: nothing waits for it, events wait in the outbox. */
export class Bus {
  readonly #options: ConnectionOptions;
  #closed = false;
  #connection: NatsConnection | undefined;
  #connected = false;
  readonly #connecting: Promise<NatsConnection | undefined>;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#connecting = this.#connect();
  }

  get connected() {
    return this.#connected;
  }

  /** Resolves once there is a connection; undefined when the bus is closed, or `signal` aborted, before. */
  connection(signal: AbortSignal): Promise<NatsConnection | undefined> {
    const aborted = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
    return Promise.race([this.#connecting, aborted]);
  }

  async close() {
    this.#closed = true;
    const connection = this.#connection;
    if (!connection || connection.isClosed()) return;
    if (this.#connected)
      await connection.drain().catch(() => connection.close()); // lost in this very moment
    else await connection.close();
  }

  async #connect(): Promise<NatsConnection | undefined> {
    const { url, nkeySeed, name, logger } = this.#options;
    while (!this.#closed) {
      try {
        const connection = await connect({
          servers: url.split(','),
          name,
          inboxPrefix: `_INBOX_${name}`,
          authenticator: nkeyAuthenticator(new TextEncoder().encode(nkeySeed)),
          maxReconnectAttempts: -1,
          reconnectTimeWait: RECONNECT_EVERY_MS,
          reconnectJitter: RECONNECT_EVERY_MS,
          pingInterval: PING_EVERY_MS,
          maxPingOut: 2,
          timeout: PING_EVERY_MS,
          ignoreAuthErrorAbort: true,
        });
        this.#connection = connection;
        this.#connected = true;
        logger.info('events connected');
        void this.#watch(connection);
        if (this.#closed) await connection.close();
        return connection;
      } catch (error) {
        logger.warn({ err: error }, 'events unavailable, trying again');
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_EVERY_MS * 4));
      }
    }
    return undefined;
  }

  async #watch(connection: NatsConnection) {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect' || status.type === 'reconnect') {
        this.#connected = status.type === 'reconnect';
        this.#options.logger.warn({ change: status.type }, 'events connection');
      }
    }
    this.#connected = false;
  }
}
