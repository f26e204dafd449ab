import { UniqueConstraintViolationException } from '@mikro-orm/core';

/** SQLSTATE of a server that went away or is not there for us: connection, shutdown, start-up, standby. */
const SERVER_GONE = /^(08\d{3}|57P0[1-5]|25006)$/;
/** Of a statement that may well succeed the next time: time-outs, deadlock, serialization, no room for one more. */
const TRY_AGAIN = /^(57014|40P01|40001|53\d{3}|55P03|25P03)$/;
const SOCKET_GONE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
/** pg gives these no code. */
const POOL_GONE = /(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error)/;

/** Did the database go away, as against refuse the statement? */
export const isConnectionLoss = (error: unknown): boolean =>
  chainOf(error).some(
    ({ code, message }) => (code !== undefined && (SERVER_GONE.test(code) || SOCKET_GONE.has(code))) || POOL_GONE.test(message),
  );

/** Would the same work probably succeed a moment later? Nothing of it was committed. */
export const isTransient = (error: unknown): boolean =>
  isConnectionLoss(error) || chainOf(error).some(({ code }) => code !== undefined && TRY_AGAIN.test(code));

/** Did the row break this very unique constraint? */
export function violatesUnique(error: unknown, constraint: string): boolean {
  return error instanceof UniqueConstraintViolationException && (error as { constraint?: string }).constraint === constraint;
}

/** An error and what it says it came from. The last line of a message is the driver's: MikroORM puts the statement before it. */
function chainOf(error: unknown): { code?: string | undefined; message: string }[] {
  const chain: { code?: string | undefined; message: string }[] = [];
  for (
    let current = error;
    current instanceof Error && chain.length < 8;
    current = current.cause ?? (current as { previous?: unknown }).previous
  ) {
    chain.push({ code: (current as { code?: string }).code, message: current.message.split('\n').at(-1) ?? '' });
  }
  return chain;
}
