import { parseKey, parseKeyring } from '@diabetics/shared/config/keyring';
import { migrate } from '@diabetics/shared/database/migrate';
import { type ServiceProcess, whenDatabaseAnswers } from '@diabetics/shared/http/lifecycle';
import { createManagement } from '@diabetics/shared/http/management';
import { createMetrics } from '@diabetics/shared/http/metrics';
import { Bus } from '@diabetics/shared/messaging/connection';
import { Relay } from '@diabetics/shared/messaging/relay';
import { localKeks } from '@diabetics/shared/sealing/kek';
import { checkKeys } from '@diabetics/shared/sealing/key-canary';
import { Sealer } from '@diabetics/shared/sealing/sealer';
import { buildApp } from './app.ts';
import type { AuthConfig } from './config.ts';
import { openAuthDatabase } from './database.ts';
import { PasswordHasher } from './passwords/hasher.ts';
import { SigningKeys } from './tokens/signing-keys.ts';

/** Starts everything of the service, in order. */
export async function startAuth(config: AuthConfig, { logger, readiness, opened }: ServiceProcess) {
  const metrics = createMetrics();
  const management = createManagement({ readiness, registry: metrics.registry });
  await management.listen({ host: config.host, port: config.managementPort });
  opened.push(() => management.close());

  const keks = parseKeyring(config.keks);
  const peppers = parseKeyring(config.passwordPeppers);
  const refreshKeys = parseKeyring(config.refreshTokenKeys);
  const emailIndexKey = parseKey(config.emailIndexKey);

  const orm = await openAuthDatabase(config.databaseUrl, config.databasePoolSize, logger);
  opened.push(() => orm.close());
  const openOwner = () => openAuthDatabase(config.databaseOwnerUrl, 2, logger, true);
  await whenDatabaseAnswers(logger, () => migrate(orm, openOwner));
  readiness.migrations = 'ok';

  const sealer = new Sealer('auth', localKeks(keks));
  const keys = new SigningKeys(orm, sealer, logger);
  const hasher = new PasswordHasher(peppers, config.passwordQueueLimit);
  const decoyMade = hasher.decoy(); // meanwhile
  await whenDatabaseAnswers(logger, async () => {
    await checkKeys(orm.em.fork(), {
      KEKS: { keys: keks, inUse: 'select distinct kek_id as key_id from data_keys' },
      PASSWORD_PEPPERS: { keys: peppers, inUse: 'select distinct pepper_id as key_id from users' },
      REFRESH_TOKEN_KEYS: {
        keys: refreshKeys,
        inUse: 'select distinct refresh_key_id as key_id from sessions where revoked_at is null and expires_at > now()',
      },
      EMAIL_INDEX_KEY: { keys: [{ id: 'only', key: emailIndexKey }] },
    });
    await keys.start();
  });
  opened.push(async () => keys.close());
  await decoyMade;
  readiness.keys = 'ok';

  const bus = new Bus({ url: config.natsUrl, nkeySeed: config.natsNkeySeed, name: 'auth', logger });
  opened.push(() => bus.close());
  const relay = new Relay({ databaseUrl: config.databaseUrl, bus, logger });
  relay.start();
  opened.push(() => relay.close());

  const issuer = { keys, refreshKeys, publicUrl: config.publicUrl };
  const app = await buildApp(config, { logger, metrics, readiness, orm, sealer, hasher, keys, relay, issuer, emailIndexKey });
  await app.listen({ host: config.host, port: config.port });
  opened.push(() => app.close());
  readiness.probes = { database: () => orm.em.fork().execute('select 1'), eventsConnected: () => bus.connected };
  return { app, orm };
}
