import Fastify from 'fastify';
import { setAnswerHeaders } from './answer-headers.ts';
import type { Registry } from 'prom-client';
import type { Service } from './service.ts';
import type { Readiness } from './readiness.ts';

/** The second port: for the orchestrator and Prometheus. No proxy routes to it. */
export function createManagement({ readiness, registry }: { readiness: Readiness; registry: Registry }) {
  const management = Fastify({ logger: false });
  management.addHook('onRequest', (request, reply, done) => {
    setAnswerHeaders(request, reply);
    done();
  });
  management.get('/health/live', async () => ({ status: 'ok' }));
  management.get('/health/ready', async (_request, reply) => {
    const { status, ready, checks } = await readiness.read();
    return reply.code(ready ? 200 : 503).send({ status, checks });
  });
  management.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return management;
}

/** `GET /health` on the main port, for the container's own check: 200 when ready, 503 otherwise. */
export function answerHealth(app: Service, readiness: Readiness) {
  app.get('/health', { schema: { hide: true }, logLevel: 'silent' }, async (_request, reply) => {
    const { ready } = await readiness.read();
    if (!ready) reply.header('retry-after', '1');
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable' });
  });
}
