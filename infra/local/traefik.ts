import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartDefinition } from './part.ts';

type TraefikOptions = {
  command: string;
  folder: string;
  logFile: string;
  edgePort: number;
  pingPort: number;
  authUrl: string;
  healthProfileUrl: string;
};

const rule = (prefix: string) => `Path(\`${prefix}\`) || PathPrefix(\`${prefix}/\`)`; // a bare PathPrefix also takes /prefix-and-more
const WELL_KNOWN = 'Path(`/.well-known/jwks.json`) || Path(`/.well-known/oauth-authorization-server`)';
const NO_ENCODED = ['Slash', 'BackSlash', 'NullCharacter', 'Semicolon', 'Percent', 'QuestionMark', 'Hash'];
const inTime = () => ({ signal: AbortSignal.timeout(2_000) });
/** Far above what the services themselves allow an address; keeps a flood away from them. */
const FLOOD_LIMIT = { average: 2_000, burst: 4_000 };

/** The edge: Traefik with three routes and nothing else. Configuration files are JSON, which is YAML. */
export function prepareTraefik({
  command,
  folder,
  logFile,
  edgePort,
  pingPort,
  authUrl,
  healthProfileUrl,
}: TraefikOptions): PartDefinition {
  mkdirSync(join(folder, 'dynamic'), { recursive: true, mode: 0o700 });
  const staticFile = join(folder, 'traefik.yml');
  writeFileSync(staticFile, JSON.stringify(staticConfiguration(folder, edgePort, pingPort), null, 2));
  writeFileSync(join(folder, 'dynamic/routes.yml'), JSON.stringify(routes(authUrl, healthProfileUrl), null, 2));
  return {
    name: 'traefik',
    command,
    args: [`--configFile=${staticFile}`],
    logFile,
    stopSignal: 'SIGTERM',
    ready: async () => {
      if (!(await fetch(`http://127.0.0.1:${pingPort}/ping`, inTime())).ok) throw new Error('not up yet');
      if (!(await fetch(`http://127.0.0.1:${edgePort}/.well-known/jwks.json`, inTime())).ok) throw new Error('not routing yet');
    },
  };
}

function staticConfiguration(folder: string, edgePort: number, pingPort: number) {
  return {
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: 'WARN', format: 'json' },
    api: { dashboard: false, insecure: false },
    ping: { entryPoint: 'ping' },
    entryPoints: {
      http: {
        address: `127.0.0.1:${edgePort}`,
        http: {
          aliasHeadersStrategy: 'reject', // X_Forwarded_For and the like
          encodedCharacters: Object.fromEntries(NO_ENCODED.map((name) => [`allowEncoded${name}`, false])),
        },
        transport: {
          lifeCycle: { requestAcceptGraceTimeout: 0, graceTimeOut: 5 },
          respondingTimeouts: { readTimeout: 30, writeTimeout: 60, idleTimeout: 75 },
        },
        forwardedHeaders: { insecure: false },
      },
      ping: { address: `127.0.0.1:${pingPort}`, http: { aliasHeadersStrategy: 'reject' } },
    },
    providers: { file: { directory: join(folder, 'dynamic'), watch: true } },
  };
}

function routes(authUrl: string, healthProfileUrl: string) {
  const router = (routerRule: string, service: string) => ({
    rule: routerRule,
    entryPoints: ['http'],
    priority: 200,
    service,
    middlewares: ['flood'],
  });
  const service = (url: string) => ({ loadBalancer: { servers: [{ url }], serversTransport: 'backend' } });
  return {
    http: {
      routers: {
        auth: router(rule('/api/v1/auth'), 'auth'),
        'well-known': router(WELL_KNOWN, 'auth'),
        'health-profile': router(rule('/api/v1/health-profiles'), 'health-profile'),
      },
      middlewares: { flood: { rateLimit: FLOOD_LIMIT } },
      services: { auth: service(authUrl), 'health-profile': service(healthProfileUrl) },
      serversTransports: { backend: { forwardingTimeouts: { dialTimeout: '2s', responseHeaderTimeout: '30s', idleConnTimeout: '60s' } } },
    },
  };
}
