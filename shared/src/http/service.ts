import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyServerOptions, LogController } from 'fastify';
import { acceptJsonBodies } from './json-body.ts';
import { observeRequests, type RequestMetrics } from './metrics.ts';
import { answerUnknownPaths } from './unknown-paths.ts';
import { answerProblems, answerUnreadableRequest } from './problem-handler.ts';
import { useStrictValidation } from './validation.ts';

type ServiceOptions = {
  logger: FastifyBaseLogger;
  metrics: RequestMetrics;
  /** Proxies in front of the service; that many entries of X-Forwarded-For are believed. */
  trustedProxyHops: number;
  /** Origins that browsers may call from; none switches CORS off. */
  corsOrigins: readonly string[];
};

const BODY_LIMIT_BYTES = 64 * 1024;
/** Longer than Traefik keeps an idle connection (60 s), else it sends a request into a closing one. */
const KEEP_ALIVE_TIMEOUT_MS = 95_000;
const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
const HSTS = 'max-age=63072000; includeSubDomains';

/** A Fastify instance with what every operation of every service has: ids, headers, strict bodies, problems, metrics. */
export async function createService({ logger, metrics, trustedProxyHops, corsOrigins }: ServiceOptions) {
  const options: FastifyServerOptions = {
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }), // one line a request: metrics.ts
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const sent = headers['x-request-id'];
      return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
    },
    trustProxy: (_address, hop) => hop < trustedProxyHops,
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    return503OnClosing: false, // goes on serving while the proxy notices
    clientErrorHandler: answerUnreadableRequest,
    frameworkErrors: answerProblems,
  };
  const app = Fastify(options).withTypeProvider<TypeBoxTypeProvider>();

  // Hooks of every request call back instead of being async: the promises of six of them cost more than their work.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id).headers(securityHeaders);
    if (request.protocol === 'https') reply.header('strict-transport-security', HSTS);
    done();
  });
  if (corsOrigins.length > 0) {
    const { default: cors } = await import('@fastify/cors');
    await app.register(cors, { origin: [...corsOrigins], exposedHeaders: ['etag', 'x-request-id', 'retry-after', 'www-authenticate'] });
  }
  answerUnknownPaths(app);
  acceptJsonBodies(app);
  useStrictValidation(app);
  app.setErrorHandler(answerProblems);
  observeRequests(app, metrics);
  return app;
}

export type Service = Awaited<ReturnType<typeof createService>>;
