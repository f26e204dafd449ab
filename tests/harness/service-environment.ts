import { randomUUID } from 'node:crypto';
import { type ServiceProcess } from '@diabetics/shared/http/lifecycle';
import { Readiness } from '@diabetics/shared/http/readiness';
import { inject } from 'vitest';
import { createServiceDatabase, roleUrl } from '../../infra/local/databases.ts';
import { freePorts } from '../../infra/local/ports.ts';
import { keysOf } from '../../infra/local/services.ts';

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
    ...keysOf(service, secrets),
    ...(service === 'auth' && { EMAIL_VERIFICATION: 'off' }),
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
