import { DriverException } from '@mikro-orm/core';
import { destination, type Logger, pino } from 'pino';

/** Lines wait at most this long in memory: a write for each line would cost more than the request. */
const FLUSH_INTERVAL_MS = 200;

/** JSON lines on standard output. What a line may hold: ids, codes, counts, durations. Never bodies, tokens or addresses. */
export function createLogger(service: string, level: string): Logger {
  const output = destination({ dest: 1, sync: false, minLength: 8_192, periodicFlush: FLUSH_INTERVAL_MS });
  return pino({ level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: describeError } }, output);
}

/**
 * An error without what it may carry along: PostgreSQL puts values into messages ("Failing row contains …")
 * and MikroORM the whole statement, so of a database error only its class, code and constraint are kept.
 */
export function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, constraint } = error as { code?: string; constraint?: string };
  const fromDatabase = error instanceof DriverException || 'severity' in error;
  return {
    type: error.constructor.name,
    ...(code !== undefined && { code }),
    ...(constraint !== undefined && { constraint }),
    ...(!fromDatabase && { message: error.message }),
    stack: error.stack
      ?.split('\n')
      .filter((line) => line.startsWith('    at '))
      .slice(0, 12)
      .join('\n'),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
