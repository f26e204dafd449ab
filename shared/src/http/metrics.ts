import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export type RequestMetrics = { registry: Registry; durationSeconds: Histogram<'method' | 'route' | 'status'> };

/** A registry of its own for each service instance, so that two in one process (tests) do not collide. */
export function createMetrics(): RequestMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durationSeconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer, seconds',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  return { registry, durationSeconds };
}

/**
 * One observation a request, and one log line unless it was a read that went well: those are counted, nobody reads them.
 * The route's pattern, never the path: a path can hold an id.
 */
export function observeRequests(app: FastifyInstance, { durationSeconds }: RequestMetrics) {
  const observers = new Map<string, { observe: (seconds: number) => void }>(); // finding a series by its labels each time is slow
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const { statusCode: status, elapsedTime: durationMs } = reply;
    const route = request.routeOptions.url ?? 'unknown';
    const series = `${method} ${route} ${status}`;
    const observer = observers.get(series) ?? durationSeconds.labels({ method, route, status });
    observers.set(series, observer);
    observer.observe(durationMs / 1_000);
    const level = method === 'GET' && status < 400 ? 'debug' : 'info';
    request.log[level]({ method, route, status, durationMs: Math.round(durationMs * 10) / 10 }, 'request');
    done();
  });
}
