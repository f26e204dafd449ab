import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isConnectionLoss } from '../database/errors.ts';
import { Problem, type ProblemType, problemBody } from './problem.ts';
import { commonProblems } from './problems.ts';
import { formErrors } from './validation.ts';

const CHALLENGE = 'Bearer realm="diabetics"';

/** What Fastify itself refuses. Anything else that is not a {@link Problem} is a fault of ours. */
const frameworkProblems: Readonly<Record<string, ProblemType>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: commonProblems.bodyTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: commonProblems.unsupportedMediaType,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: commonProblems.malformedJson,
  FST_ERR_BAD_URL: commonProblems.invalidRequest,
  FST_ERR_ASYNC_CONSTRAINT: commonProblems.invalidRequest,
};

export function answerProblems(error: FastifyError | Problem | Error, request: FastifyRequest, reply: FastifyReply) {
  const problem = toProblem(error, request);
  const { status, code } = problem.type;
  if (status >= 500) request.log.error({ err: error }, code);
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
  if (error instanceof Problem) return error;
  if ('validation' in error && error.validation) return new Problem(commonProblems.invalidRequest, { errors: formErrors(request) });
  const known = 'code' in error ? frameworkProblems[error.code] : undefined;
  if (known) return new Problem(known, { cause: error });
  if (isConnectionLoss(error)) return new Problem(commonProblems.unavailable, { cause: error });
  return new Problem(commonProblems.internalError, { cause: error, detail: 'The request id finds the cause in the log.' });
}

/** Bytes that are not HTTP never become a request: the answer is written to the socket. */
export function answerUnreadableRequest(error: Error & { code?: string }, socket: Socket) {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const requestId = randomUUID();
  const body = JSON.stringify(
    problemBody(new Problem(commonProblems.invalidRequest, { detail: 'This is not an HTTP request.' }), '', requestId),
  );
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nx-request-id: ${requestId}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
