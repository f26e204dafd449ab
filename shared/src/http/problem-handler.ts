import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isTransient } from '../database/errors.ts';
import { securityHeaders, setAnswerHeaders } from './answer-headers.ts';
import { HiddenFaults } from './json-body.ts';
import { Problem, type ProblemType, problemBody } from './problem.ts';
import { commonProblems } from './problems.ts';
import { formErrors } from './validation.ts';

const CHALLENGE = 'Bearer realm="diabetics"';
/** For a 401 to an access token that was sent (RFC 6750). */
export const INVALID_TOKEN_CHALLENGE = { 'www-authenticate': `${CHALLENGE}, error="invalid_token"` };
export const INSUFFICIENT_SCOPE_CHALLENGE = { 'www-authenticate': `${CHALLENGE}, error="insufficient_scope"` };

/** What Fastify itself refuses. Anything else that is not a {@link Problem} is a fault of ours. */
const frameworkProblems: Readonly<Record<string, ProblemType>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: commonProblems.bodyTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: commonProblems.unsupportedMediaType,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: commonProblems.malformedJson,
  FST_ERR_BAD_URL: commonProblems.notFound,
};

export function answerProblems(error: FastifyError | Problem | Error, request: FastifyRequest, reply: FastifyReply) {
  const problem = toProblem(error, request);
  const { status, code } = problem.type;
  if (status >= 500) request.log.error({ err: error }, code);
  if (!reply.hasHeader('x-request-id')) setAnswerHeaders(request, reply); // no hook runs for a path that cannot be decoded
  reply
    .code(status)
    .headers({
      ...(status === 401 && { 'www-authenticate': CHALLENGE }),
      ...((status === 503 || status === 429) && { 'retry-after': '1' }),
      ...problem.options.headers,
    })
    .type('application/problem+json')
    .send(problemBody(problem, request.url.split('?', 1)[0] ?? '', request.id));
}

function toProblem(error: FastifyError | Problem | Error, request: FastifyRequest): Problem {
  if (error instanceof HiddenFaults) {
    request.body = error.body;
    const places = new Set(error.errors.map(({ pointer }) => pointer));
    return new Problem(error.type, { errors: [...error.errors, ...formErrors(request).filter(({ pointer }) => !places.has(pointer))] });
  }
  if (error instanceof Problem) return error;
  if ('validation' in error && error.validation) return new Problem(commonProblems.invalidRequest, { errors: formErrors(request) });
  const known = 'code' in error ? frameworkProblems[error.code] : undefined;
  if (known) return new Problem(known, { cause: error });
  if (isTransient(error)) return new Problem(commonProblems.unavailable, { cause: error });
  return new Problem(commonProblems.internalError, { cause: error, detail: 'The request id finds the cause in the log.' });
}

const UNREADABLE_STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Bytes that are not HTTP never become a request: the answer is written to the socket. */
export function answerUnreadableRequest(this: FastifyInstance, error: Error & { code?: string }, socket: Socket) {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const requestId = randomUUID();
  const status = UNREADABLE_STATUS[error.code ?? ''] ?? 400;
  this.log.info({ requestId, status, code: error.code }, 'unreadable request');
  const problem = new Problem({ ...commonProblems.invalidRequest, status }, { detail: 'This is not an HTTP request that can be read.' });
  const body = JSON.stringify(problemBody(problem, '', requestId));
  const headers = {
    ...securityHeaders,
    'x-request-id': requestId,
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}
