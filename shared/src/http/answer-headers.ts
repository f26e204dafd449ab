import type { FastifyReply, FastifyRequest } from 'fastify';

/** On every answer; pages and documents that may be cached replace some of them. */
export const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
const HSTS = 'max-age=63072000; includeSubDomains';

export function setAnswerHeaders(request: FastifyRequest, reply: FastifyReply) {
  reply.header('x-request-id', request.id).headers(securityHeaders);
  if (request.protocol === 'https') reply.header('strict-transport-security', HSTS);
}
