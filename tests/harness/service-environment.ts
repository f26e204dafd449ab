import { randomUUID } from 'node:crypto';
import { type ServiceProcess } from '@diabetics/shared/http/lifecycle';
import { Readiness } from '@diabetics/shared/http/readiness';
import { inject } from 'vitest';
import { createServiceDatabase, roleUrl } from '../../infra/local/databases.ts';
import { freePorts } from '../../infra/local/ports.ts';

export type Environment = Record<string, string>;

/** Settings of a service under test, with a database of its own. */
export async function serviceEnvironment(service: 'auth' | 'health-profile'): Promise<Environment> {
  const secrets = inject('secrets');
  const superuserUrl = inject('superuserUrl');
  const database = `${service.replace('-', '_')}_${randomUUID().slice(0, 8)}`;
  await createServiceDatabase(superuserUrl, { database, ownerPassword: 'owner', appPassword: 'app' });
  const [port, managementPort] = (await freePorts(2)) as [number, number];
  return {
    PORT: String(port),
    MANAGEMENT_PORT: String(managementPort),
    PUBLIC_URL: 'http://127.0.0.1:8080',
    DATABASE_URL: roleUrl(superuserUrl, `${database}_app`, 'app', database),
    DATABASE_OWNER_URL: roleUrl(superuserUrl, `${database}_owner`, 'owner', database),
    NATS_URL: inject('natsUrl'),
    LOG_LEVEL: 'silent',
    DRAIN_SECONDS: '0',
    ...(service === 'auth'
      ? {
          KEKS: secrets.authKeks,
          NATS_NKEY_SEED: secrets.authNkeySeed,
          EMAIL_INDEX_KEY: secrets.emailIndexKey,
          PASSWORD_PEPPERS: secrets.passwordPeppers,
          REFRESH_TOKEN_KEYS: secrets.refreshTokenKeys,
          EMAIL_VERIFICATION: 'off',
        }
      : { KEKS: secrets.healthProfileKeks, NATS_NKEY_SEED: secrets.healthProfileNkeySeed }),
  };
}

/** What `runService` gives a service, in a test's hands. */
export function testProcess(logger: ServiceProcess['logger']): ServiceProcess & { stop: () => Promise<void> } {
  const opened: ServiceProcess['opened'] = [];
  const stop = async () => {
    for (const close of opened.toReversed()) await close();
  };
  return { logger, readiness: new Readiness(), opened, stop };
}
