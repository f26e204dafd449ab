import { parseKeyring } from '@diabetics/shared/config/keyring';
import { migrate } from '@diabetics/shared/database/migrate';
import { type ServiceProcess, whenDatabaseAnswers } from '@diabetics/shared/http/lifecycle';
import { createManagement } from '@diabetics/shared/http/management';
import { createMetrics } from '@diabetics/shared/http/metrics';
import { Bus } from '@diabetics/shared/messaging/connection';
import { Consumer, on } from '@diabetics/shared/messaging/consumer';
import { userCreated } from '@diabetics/shared/messaging/contracts';
import { Relay } from '@diabetics/shared/messaging/relay';
import { localKeks } from '@diabetics/shared/sealing/kek';
import { checkKeys } from '@diabetics/shared/sealing/key-canary';
import { Sealer } from '@diabetics/shared/sealing/sealer';
import { RemoteKeys } from '@diabetics/shared/tokens/remote-keys';
import { buildApp } from './app.ts';
import type { HealthProfileConfig } from './config.ts';
import { openHealthProfileDatabase } from './database.ts';
import { onUserCreated } from './profile/on-user-created.ts';

/** Starts everything of the service, in order. */
export async function startHealthProfile(config: HealthProfileConfig, { logger, readiness, opened }: ServiceProcess) {
  const metrics = createMetrics();
  const management = createManagement({ readiness, registry: metrics.registry });
  await management.listen({ host: config.host, port: config.managementPort });
  opened.push(() => management.close());

  const orm = await openHealthProfileDatabase(config.databaseUrl, config.databasePoolSize, logger);
  opened.push(() => orm.close());
  const openOwner = () => openHealthProfileDatabase(config.databaseOwnerUrl, 2, logger, true);
  await whenDatabaseAnswers(logger, () => migrate(orm, openOwner));
  readiness.migrations = 'ok';

  const keks = parseKeyring(config.keks);
  await whenDatabaseAnswers(logger, () =>
    checkKeys(orm.em.fork(), { KEKS: { keys: keks, inUse: 'select distinct kek_id as key_id from data_keys' } }),
  );
  readiness.keys = 'ok';
  const sealer = new Sealer('health-profile', localKeks(keks));
  const keys = new RemoteKeys(config.jwksUrl, logger);
  opened.push(async () => keys.close());

  const bus = new Bus({ url: config.natsUrl, nkeySeed: config.natsNkeySeed, name: 'health-profile', logger });
  opened.push(() => bus.close());
  const relay = new Relay({ databaseUrl: config.databaseUrl, bus, logger });
  relay.start();
  opened.push(() => relay.close());
  const consumer = new Consumer({
    orm,
    bus,
    stream: 'AUTH',
    durable: 'health-profile',
    handlings: [on(userCreated, onUserCreated)],
    logger,
  });
  consumer.start();
  opened.push(() => consumer.close());

  const app = await buildApp(config, { logger, metrics, readiness, orm, sealer, keys, relay });
  await app.listen({ host: config.host, port: config.port });
  opened.push(() => app.close());
  readiness.probes = { database: () => orm.em.fork().execute('select 1'), eventsConnected: () => bus.connected };
  return { app, orm };
}
