import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { prepared } from '@diabetics/shared/database/prepared';
import { Problem, problemResponses } from '@diabetics/shared/http/problem';
import type { Sealer, WrappedKey } from '@diabetics/shared/sealing/sealer';
import { SCOPES } from '@diabetics/shared/tokens/claims';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Type } from 'typebox';
import type { PasswordHasher } from '../passwords/hasher.ts';
import { Password } from '../passwords/policy.ts';
import { problems } from '../problems.ts';
import { EmailAddress, emailIndexOf, normalizeAddress } from '../users/address.ts';
import type { KeyObject } from 'node:crypto';
import { deviceCell } from './session.entity.ts';
import { narrowScope, ScopeRequest, type SessionRow, type TokenIssuer, Tokens, tokensOf } from './tokens.ts';

type LoginDeps = {
  orm: MikroORM;
  sealer: Pick<Sealer, 'sealUnder'>;
  hasher: Pick<PasswordHasher, 'matches'>;
  emailIndexKey: KeyObject;
  issuer: TokenIssuer;
};

type Credentials = { id: string; password_hash: string; pepper_id: string; credential_version: number } & WrappedKey;

const MAX_USER_AGENT_LENGTH = 512;

/**
 * Only where nothing has changed how the person logs in since the password was read: a login that races a reset is void.
 * The lock makes it wait for a reset that is about to commit.
 */
const INSERT_SESSION = `
  insert into sessions (id, user_id, generation, salt, refresh_key_id, scope, amr, auth_time, created_at, rotated_at, idle_expires_at, expires_at, device)
  select $1, id, 0, $2, $3, $4, '{pwd}', t, t, t, t + interval '14 days', t + interval '30 days', $5
  from users, date_trunc('milliseconds', now()) as t
  where id = $6 and credential_version = $7
  for share of users
  returning id, user_id, generation, salt, refresh_key_id, scope, amr, auth_time, idle_expires_at, expires_at`;

/** POST /login: a session and its first tokens. Unknown address and wrong password cost the same and look the same. */
export const login: FastifyPluginAsyncTypebox<LoginDeps> = async (app, { orm, sealer, hasher, emailIndexKey, issuer }) => {
  const findCredentials = prepared<Credentials>(
    orm,
    'login-credentials',
    `select id, password_hash, pepper_id, credential_version, key.version, key.wrapped
     from users, lateral (select version, wrapped from data_keys where owner = users.id::text order by version desc limit 1) as key
     where email_index = $1`,
  );
  const insertSession = prepared<SessionRow>(orm, 'session-insert', INSERT_SESSION);

  const schema = {
    summary: 'Log in',
    tags: ['sessions'],
    body: Type.Object(
      {
        email: EmailAddress,
        password: Password,
        totp: Type.Optional(Type.String({ maxLength: 16, description: 'Not looked at while the person has no second factor' })),
        recoveryCode: Type.Optional(Type.String({ maxLength: 64, description: 'Not looked at while the person has no second factor' })),
        deviceName: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
        scope: Type.Optional(ScopeRequest),
      },
      { additionalProperties: false },
    ),
    response: { 200: Tokens, ...problemResponses },
  };

  app.post('/api/v1/auth/login', { schema }, async ({ body, headers }) => {
    const scope = narrowScope(body.scope, SCOPES.join(' '));
    const address = normalizeAddress(body.email);
    const user = address && (await findCredentials([emailIndexOf(address, emailIndexKey)]));
    // Hash outside any transaction: it would hold a connection while it works.
    const stored = user ? { passwordHash: user.password_hash, pepperId: user.pepper_id } : undefined;
    if (!(await hasher.matches(body.password, stored)) || !user) throw new Problem(problems.invalidCredentials);

    const id = randomUUIDv7();
    const device = JSON.stringify({
      deviceName: body.deviceName ?? null,
      userAgent: headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
    });
    const session = await insertSession([
      id,
      randomBytes(32),
      issuer.refreshKeys[0].id,
      scope,
      await sealer.sealUnder(user, deviceCell(user.id, id), device),
      user.id,
      user.credential_version,
    ]);
    if (!session) throw new Problem(problems.invalidCredentials);
    return tokensOf(session, issuer, session.auth_time, session.scope);
  });
};
