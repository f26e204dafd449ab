/** How long an answer of the probes is good for, so that health checks cannot become a load. */
const CACHE_MS = 1_000;
const PROBE_TIMEOUT_MS = 1_500;

type Check = 'ok' | 'degraded' | 'down';
type Probes = {
  /** Resolves when the database answers. */
  database: () => Promise<unknown>;
  /** Is the event bus connected? Without it the service stays ready: writes wait in the outbox. */
  eventsConnected: () => boolean;
};

/** What `/health`, `/health/ready` and the proxy go by. */
export class Readiness {
  migrations: Check = 'down';
  keys: Check = 'down';
  draining = false;
  probes: Probes | undefined;
  #databaseCheckedAt = 0;
  #database: Promise<Check> = Promise.resolve('down');

  async read() {
    const checks = {
      database: await this.#checkDatabase(),
      migrations: this.migrations,
      keys: this.keys,
      events: this.probes?.eventsConnected() ? 'ok' : 'degraded',
      draining: this.draining,
    };
    const ready = checks.database === 'ok' && this.migrations === 'ok' && this.keys === 'ok' && !this.draining;
    return { status: !ready ? 'unavailable' : checks.events === 'ok' ? 'ok' : 'degraded', ready, checks };
  }

  #checkDatabase(): Promise<Check> {
    if (!this.probes) return Promise.resolve('down');
    if (Date.now() - this.#databaseCheckedAt > CACHE_MS) {
      this.#databaseCheckedAt = Date.now();
      this.#database = withTimeout(this.probes.database(), PROBE_TIMEOUT_MS).then(
        () => 'ok' as const,
        () => 'down' as const,
      );
    }
    return this.#database;
  }
}

function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('probe timed out')), timeoutMs);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
