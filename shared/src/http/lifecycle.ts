import { setTimeout as sleep } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import type { TObject } from 'typebox';
import type { Logger } from 'pino';
import { type Config, ConfigError, loadConfig } from '../config/load-config.ts';
import { isConnectionLoss } from '../database/errors.ts';
import { KeyMismatchError } from '../sealing/errors.ts';
import { createLogger } from './logger.ts';
import { Readiness } from './readiness.ts';

/** sysexits.h EX_CONFIG. */
const EXIT_CONFIG = 78;
/** Below the 30 s after which orchestrators kill. */
const EXIT_WITHIN_MS = 27_000;
const RETRY_EVERY_MS = 1_000;

/** {@link loadConfig} for a `main`: a bad configuration is told whole on standard error, exit 78. */
export function loadConfigOrExit<T extends TObject>(schema: T, ...rules: ((config: Config<T>) => string | undefined)[]): Config<T> {
  try {
    return loadConfig(schema, process.env, ...rules);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

/** Does `work` until the database is there for it: a service may start before its database does. */
export async function whenDatabaseAnswers<T>(logger: Logger, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      logger.warn({ err: error }, 'database unavailable, trying again');
      await sleep(RETRY_EVERY_MS);
    }
  }
}

/** What a service is given to start with. */
export type ServiceProcess = {
  logger: Logger;
  readiness: Readiness;
  /** Filled while the service starts; closed in the reverse order. */
  opened: (() => Promise<unknown>)[];
};

/**
 * Starts a service and stops it on SIGTERM or SIGINT: not ready at once, serve on while the proxy notices, then close what was opened,
 * last first. An uncaught error ends the process the same way, with exit 1 and without the wait.
 */
export async function runService<C extends { logLevel: string; drainSeconds: number }>(
  name: string,
  config: C,
  start: (config: C, process: ServiceProcess) => Promise<unknown>,
): Promise<void> {
  const logger = createLogger(name, config.logLevel);
  const readiness = new Readiness();
  const opened: ServiceProcess['opened'] = [];
  let started = false;
  closeWithGrace({ delay: EXIT_WITHIN_MS, logger: false }, async ({ signal, err }) => {
    readiness.draining = true;
    if (err) logger.fatal({ err }, 'uncaught error');
    else {
      logger.info({ signal, drainSeconds: config.drainSeconds }, 'draining');
      if (started) await sleep(config.drainSeconds * 1_000);
    }
    for (const close of opened.toReversed()) {
      await close().catch((error: unknown) => logger.error({ err: error }, 'not closed cleanly')); // the others still are
    }
    logger.info('stopped');
    logger.flush();
  });
  try {
    await start(config, { logger, readiness, opened });
  } catch (error) {
    if (readiness.draining) return; // told to stop while starting: what it was about to use is being closed
    if (!(error instanceof KeyMismatchError)) throw error;
    process.stderr.write(`configuration: the keys do not fit the database\n  ${error.message.replaceAll('\n', '\n  ')}\n`);
    process.exit(EXIT_CONFIG);
  }
  started = true;
  logger.info('ready');
}
