import { documentApi } from '@diabetics/shared/http/docs';
import { answerHealth } from '@diabetics/shared/http/management';
import type { RequestMetrics } from '@diabetics/shared/http/metrics';
import type { Readiness } from '@diabetics/shared/http/readiness';
import { createService } from '@diabetics/shared/http/service';
import type { Relay } from '@diabetics/shared/messaging/relay';
import type { Sealer } from '@diabetics/shared/sealing/sealer';
import { accessTokens, type PublicKeys } from '@diabetics/shared/tokens/authenticate';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Logger } from 'pino';
import type { HealthProfileConfig } from './config.ts';
import { readLimits } from './limits/read-limits.ts';
import { readProfile } from './profile/read-profile.ts';
import { replaceProfile } from './profile/replace-profile.ts';

export type HealthProfileParts = {
  logger: Logger;
  metrics: RequestMetrics;
  readiness: Readiness;
  orm: MikroORM;
  sealer: Sealer;
  keys: PublicKeys;
  relay: Pick<Relay, 'poke'>;
};

/** Every operation of the service, by name. */
export async function buildApp(config: HealthProfileConfig, { logger, metrics, readiness, orm, sealer, keys, relay }: HealthProfileParts) {
  const app = await createService({
    logger,
    metrics,
    trustedProxyHops: config.trustedProxyHops,
    corsOrigins: config.corsOrigins.split(',').filter(Boolean),
  });
  if (config.apiDocs === 'on') {
    await documentApi(app, {
      title: 'health-profile',
      description: 'The therapy settings that insulin is dosed by: sealed for each person, checked against published limits.',
      version: '1.0.0',
      publicUrl: config.publicUrl,
      pathPrefix: '/api/v1/health-profiles',
    });
  }
  answerHealth(app, readiness);
  await app.register(accessTokens, { keys, issuer: config.publicUrl });

  await app.register(readLimits);
  await app.register(readProfile, { orm, sealer });
  await app.register(replaceProfile, { orm, sealer, relay });
  return app;
}
