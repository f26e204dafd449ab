import type { KeyObject } from 'node:crypto';
import { answerHealth } from '@diabetics/shared/http/management';
import { documentApi } from '@diabetics/shared/http/docs';
import type { RequestMetrics } from '@diabetics/shared/http/metrics';
import type { Readiness } from '@diabetics/shared/http/readiness';
import { createService } from '@diabetics/shared/http/service';
import type { Relay } from '@diabetics/shared/messaging/relay';
import type { Sealer } from '@diabetics/shared/sealing/sealer';
import { accessTokens } from '@diabetics/shared/tokens/authenticate';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Logger } from 'pino';
import type { AuthConfig } from './config.ts';
import type { PasswordHasher } from './passwords/hasher.ts';
import { login } from './sessions/login.ts';
import { logout } from './sessions/logout.ts';
import { refresh } from './sessions/refresh.ts';
import type { TokenIssuer } from './sessions/tokens.ts';
import { requireLiveSession } from './sessions/live-session.ts';
import { metadata } from './tokens/metadata.ts';
import type { SigningKeys } from './tokens/signing-keys.ts';
import { readMe } from './users/read-me.ts';
import { register } from './users/register.ts';

export type AuthParts = {
  logger: Logger;
  metrics: RequestMetrics;
  readiness: Readiness;
  orm: MikroORM;
  sealer: Sealer;
  hasher: PasswordHasher;
  keys: SigningKeys;
  relay: Pick<Relay, 'poke'>;
  issuer: TokenIssuer;
  emailIndexKey: KeyObject;
};

/** Every operation of the service, by name. */
export async function buildApp(config: AuthConfig, parts: AuthParts) {
  const { orm, sealer, hasher, keys, relay, issuer, emailIndexKey, readiness } = parts;
  const { publicUrl, passwordMinLength } = config;
  const app = await createService({
    logger: parts.logger,
    metrics: parts.metrics,
    trustedProxyHops: config.trustedProxyHops,
    corsOrigins: config.corsOrigins.split(',').filter(Boolean),
  });
  if (config.apiDocs === 'on') {
    await documentApi(app, {
      title: 'auth',
      description: 'Users, sessions and the access tokens that every service verifies.',
      version: '1.0.0',
      publicUrl,
      pathPrefix: '/api/v1/auth',
    });
  }
  answerHealth(app, readiness);
  await app.register(accessTokens, { keys, issuer: publicUrl });
  const liveSession = requireLiveSession(app, orm);

  await app.register(register, { orm, sealer, hasher, relay, emailIndexKey, passwordMinLength });
  await app.register(login, { orm, sealer, hasher, emailIndexKey, issuer });
  await app.register(refresh, { orm, issuer, relay });
  await app.register(logout, { orm, issuer, relay, liveSession });
  await app.register(readMe, { orm, sealer, liveSession });
  await app.register(metadata, { keys, publicUrl });
  return app;
}
