import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyServerOptions, LogController } from 'fastify';
import { setAnswerHeaders } from './answer-headers.ts';
import { acceptJsonBodies } from './json-body.ts';
import { observeRequests, type RequestMetrics } from './metrics.ts';
import { answerProblems, answerUnreadableRequest } from './problem-handler.ts';
import { answerUnknownPaths } from './unknown-paths.ts';
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
/** For a whole request to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;
/** As long as a request line can be: an id that is too long to be any is refused where ids are judged. */
const MAX_PARAM_LENGTH = 16_384;
const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

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
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: false, // goes on serving while the proxy notices
    clientErrorHandler: answerUnreadableRequest,
    frameworkErrors: answerProblems,
  };
  const app = Fastify(options).withTypeProvider<TypeBoxTypeProvider>();

  // Hooks of every request call back instead of being async: the promises of six of them cost more than their work.
  app.addHook('onRequest', (request, reply, done) => {
    setAnswerHeaders(request, reply);
    done();
  });
  if (corsOrigins.length > 0) {
    const { default: cors } = await import('@fastify/cors');
    await app.register(cors, {
      origin: [...corsOrigins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
      exposedHeaders: ['etag', 'x-request-id', 'retry-after', 'www-authenticate'],
    });
  }
  answerUnknownPaths(app);
  acceptJsonBodies(app);
  useStrictValidation(app);
  app.setErrorHandler(answerProblems);
  observeRequests(app, metrics);
  return app;
}

export type Service = Awaited<ReturnType<typeof createService>>;
