import { prepared } from '@diabetics/shared/database/prepared';
import { Problem, problemResponses } from '@diabetics/shared/http/problem';
import type { Relay } from '@diabetics/shared/messaging/relay';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Type } from 'typebox';
import { problems } from '../problems.ts';
import { isGenuine, parseRefreshToken, type RefreshTokenClaim } from './refresh-token.ts';
import { revokeSession } from './revoke-session.ts';
import { narrowScope, refreshKeyOf, ScopeRequest, type SessionRow, type TokenIssuer, Tokens, tokensOf } from './tokens.ts';

type RefreshDeps = { orm: MikroORM; issuer: TokenIssuer; relay: Pick<Relay, 'poke'> };
type LiveSession = SessionRow & { rotated_at: Date; is_live: boolean; now: Date };

/** A retry or a parallel tab gets the same answer for so long. Longer hides a thief, shorter logs honest people out. */
const GRACE_SECONDS = 60;

const COLUMNS = 'id, user_id, generation, salt, refresh_key_id, scope, amr, auth_time, rotated_at, idle_expires_at, expires_at';
const IS_LIVE = 'revoked_at is null and least(idle_expires_at, expires_at) > now()';

/** POST /refresh: the next tokens of a session. One row a session, one compare-and-swap, no token stored. */
export const refresh: FastifyPluginAsyncTypebox<RefreshDeps> = async (app, { orm, issuer, relay }) => {
  const read = prepared<LiveSession>(orm, 'session', `select ${COLUMNS}, ${IS_LIVE} as is_live, now() as now from sessions where id = $1`);
  // $2 is the generation that was read, $3 the one that the token had: larger after the database was rolled back.
  const rotate = prepared<LiveSession>(
    orm,
    'session-rotate',
    `update sessions set generation = $3 + 1, rotated_at = date_trunc('milliseconds', now()),
       idle_expires_at = least(expires_at, date_trunc('milliseconds', now()) + interval '14 days')
     where id = $1 and generation = $2 and ${IS_LIVE}
     returning ${COLUMNS}, true as is_live, now() as now`,
  );

  const schema = {
    summary: 'Get the next tokens',
    tags: ['sessions'],
    body: Type.Object(
      { refreshToken: Type.String({ maxLength: 512 }), scope: Type.Optional(ScopeRequest) },
      { additionalProperties: false },
    ),
    response: { 200: Tokens, ...problemResponses },
  };

  app.post('/api/v1/auth/refresh', { schema }, async ({ body, headers }) => {
    const claim = parseRefreshToken(body.refreshToken);
    const before = claim && (await read([claim.sessionId]));
    if (!claim || !before || !wasMadeByUs(claim, before)) throw new Problem(problems.invalidRefreshToken);
    if (!before.is_live) throw new Problem(problems.invalidRefreshToken);
    const scope = narrowScope(body.scope, before.scope);

    const rotated = claim.generation >= before.generation && (await rotate([before.id, before.generation, claim.generation]));
    if (rotated) return tokensOf(rotated, issuer, rotated.now, scope);

    const now = (await read([claim.sessionId])) ?? before;
    if (!now.is_live) throw new Problem(problems.invalidRefreshToken);
    if (claim.generation === now.generation - 1 && secondsBetween(now.rotated_at, now.now) <= GRACE_SECONDS)
      return tokensOf(now, issuer, now.now, scope);

    // Genuine and superseded: two hold it, and nobody can tell which one is the thief.
    await revokeSession(orm, { userId: now.user_id, sessionId: now.id, reason: 'refresh-token-reuse', traceparent: headers.traceparent });
    relay.poke();
    throw new Problem(problems.invalidRefreshToken);
  });

  function wasMadeByUs(claim: RefreshTokenClaim, session: LiveSession) {
    const key = refreshKeyOf(session, issuer.refreshKeys);
    return key !== undefined && isGenuine(claim, { key, salt: session.salt });
  }
};

const secondsBetween = (earlier: Date, later: Date) => (later.getTime() - earlier.getTime()) / 1_000;
