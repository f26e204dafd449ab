import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Secrets } from '@diabetics/setup/secrets';
import { roleUrl } from './databases.ts';
import type { PartDefinition } from './part.ts';

/** As in the image: 20 MB less for each process, no slower. */
const SMALL_NURSERY = '--max-semi-space-size=4';
const ANSWER_WITHIN_MS = 2_000;
const ROOT = join(import.meta.dirname, '../..');

type ServiceOptions = {
  secrets: Secrets;
  superuserUrl: string;
  natsUrl: string;
  publicUrl: string;
  port: number;
  managementPort: number;
  logFile: string;
  compileCache: string;
  /** Proxies in front. */
  hops: number;
  /** `dist/main.js` after a build, `src/main.ts` in development. */
  entry?: string;
  more?: Record<string, string>;
};

export type LocalService = { url: string; managementUrl: string; databaseUrl: string; part: PartDefinition };

export function prepareAuth(options: ServiceOptions): LocalService {
  const { secrets } = options;
  return prepareService('auth', 'auth', options, [secrets.authOwnerPassword, secrets.authAppPassword], {
    ...keysOf('auth', secrets),
    EMAIL_VERIFICATION: 'off',
  });
}

export function prepareHealthProfile(options: ServiceOptions & { jwksUrl: string }): LocalService {
  const { secrets } = options;
  return prepareService(
    'health-profile',
    'health_profile',
    options,
    [secrets.healthProfileOwnerPassword, secrets.healthProfileAppPassword],
    {
      KEKS: secrets.healthProfileKeks,
      NATS_NKEY_SEED: secrets.healthProfileNkeySeed,
      JWKS_URL: options.jwksUrl,
    },
  );
}

/** The keys of a service, by the variables it reads them from. */
export function keysOf(service: 'auth' | 'health-profile', secrets: Secrets): Record<string, string> {
  if (service === 'health-profile') return { KEKS: secrets.healthProfileKeks, NATS_NKEY_SEED: secrets.healthProfileNkeySeed };
  return {
    KEKS: secrets.authKeks,
    NATS_NKEY_SEED: secrets.authNkeySeed,
    EMAIL_INDEX_KEY: secrets.emailIndexKey,
    PASSWORD_PEPPERS: secrets.passwordPeppers,
    REFRESH_TOKEN_KEYS: secrets.refreshTokenKeys,
  };
}

function prepareService(
  name: string,
  database: string,
  options: ServiceOptions,
  [ownerPassword, appPassword]: [string, string],
  own: Record<string, string>,
): LocalService {
  const { superuserUrl, port, managementPort, entry = 'src/main.ts' } = options;
  const databaseUrl = roleUrl(superuserUrl, `${database}_app`, appPassword, database);
  const managementUrl = `http://127.0.0.1:${managementPort}`;
  const part: PartDefinition = {
    name,
    command: process.execPath,
    args: [SMALL_NURSERY, ...(entry.endsWith('.ts') ? ['--conditions=source'] : []), join(ROOT, 'services', name, entry)],
    cwd: ROOT,
    env: {
      HOST: '127.0.0.1',
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      PUBLIC_URL: options.publicUrl,
      DATABASE_URL: databaseUrl,
      DATABASE_OWNER_URL: roleUrl(superuserUrl, `${database}_owner`, ownerPassword, database),
      NATS_URL: options.natsUrl,
      TRUSTED_PROXY_HOPS: String(options.hops),
      API_DOCS: 'on',
      DRAIN_SECONDS: '0',
      NODE_COMPILE_CACHE: options.compileCache,
      UV_THREADPOOL_SIZE: String(availableParallelism() + 2), // passwords are hashed on all cores; files and names need threads too
      ...own,
      ...options.more,
    },
    logFile: options.logFile,
    stopSignal: 'SIGTERM',
    ready: async () => {
      if (!(await fetch(`${managementUrl}/health/ready`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })).ok)
        throw new Error('not ready yet');
    },
  };
  return { url: `http://127.0.0.1:${port}`, managementUrl, databaseUrl, part };
}
