import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';
import { commonProblems } from './problems.ts';

/**
 * 404 for a path that no operation has, 405 with `Allow` for one that exists under other methods.
 * Both before anything of the request is looked at: Fastify's own not-found handler would parse the body first.
 */
export function answerUnknownPaths(app: FastifyInstance) {
  const methodsByPath = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByPath.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    methodsByPath.set(url, methods);
  });
  app.addHook('onRequest', (request, _reply, done) => {
    const { url: pattern } = request.routeOptions;
    // A router takes `/limits` for an id where only `/:id` knows the method, and an empty segment for one too.
    const mayBeMistaken = request.is404 || pattern?.includes(':');
    done(mayBeMistaken ? refusalOf(request.url.split('?', 1)[0] ?? '', request.method) : undefined);
  });

  function refusalOf(path: string, method: string): Problem | undefined {
    const pattern = methodsByPath.has(path) ? path : [...methodsByPath.keys()].find((candidate) => matches(candidate, path));
    if (!pattern) return new Problem(commonProblems.notFound, { detail: 'No operation has this path.' });
    const methods = methodsByPath.get(pattern);
    if (methods?.has(method)) return undefined;
    const allow = [...(methods ?? [])].toSorted().join(', ');
    return new Problem(commonProblems.methodNotAllowed, { detail: `This path knows ${allow}.`, headers: { allow } });
  }
}

function matches(pattern: string, path: string) {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length && wanted.every((part, index) => (part.startsWith(':') ? given[index] !== '' : part === given[index]))
  );
}
