import { UniqueConstraintViolationException } from '@mikro-orm/core';

/** SQLSTATE classes and codes of a server that cannot serve now: connection, shutdown, start-up, too many connections. */
const SERVER_GONE = /^(08\d{3}|57P0[1-5]|53300|25006|55P03)$/;
const SOCKET_GONE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
/** pg gives these two no code. */
const POOL_GONE = /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error)/;

/** Did the database go away, as against refuse the statement? */
export function isConnectionLoss(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause ?? (current as { previous?: unknown }).previous) {
    const { code } = current as { code?: string };
    if (code !== undefined && (SERVER_GONE.test(code) || SOCKET_GONE.has(code))) return true;
    if (POOL_GONE.test(current.message.split('\n').at(-1)?.trim() ?? '') || POOL_GONE.test(current.message)) return true;
  }
  return false;
}

/** Did the row break this very unique constraint? */
export function violatesUnique(error: unknown, constraint: string): boolean {
  return error instanceof UniqueConstraintViolationException && (error as { constraint?: string }).constraint === constraint;
}
