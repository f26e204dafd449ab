import { prepared } from '@diabetics/shared/database/prepared';
import { Problem, problemResponses } from '@diabetics/shared/http/problem';
import type { Relay } from '@diabetics/shared/messaging/relay';
import { bearerToken } from '@diabetics/shared/tokens/authenticate';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Type } from 'typebox';
import type { onRequestAsyncHookHandler } from 'fastify';
import { problems } from '../problems.ts';
import { isGenuine, parseRefreshToken } from './refresh-token.ts';
import { revokeSession } from './revoke-session.ts';
import { refreshKeyOf, type SessionRow, type TokenIssuer } from './tokens.ts';

type LogoutDeps = {
  orm: MikroORM;
  issuer: Pick<TokenIssuer, 'refreshKeys'>;
  relay: Pick<Relay, 'poke'>;
  liveSession: onRequestAsyncHookHandler;
};

/** POST /logout: ends the session of the access token, or of a refresh token by whoever has no access token any more. */
export const logout: FastifyPluginAsyncTypebox<LogoutDeps> = async (app, { orm, issuer, relay, liveSession }) => {
  const read = prepared<Pick<SessionRow, 'id' | 'user_id' | 'salt' | 'refresh_key_id'>>(
    orm,
    'session-to-end',
    'select id, user_id, salt, refresh_key_id from sessions where id = $1 and revoked_at is null',
  );

  const schema = {
    summary: 'Log out',
    tags: ['sessions'],
    body: Type.Object({ refreshToken: Type.Optional(Type.String({ maxLength: 512 })) }, { additionalProperties: false }),
    response: { 204: Type.Null({ description: 'Logged out, also when there was nothing to end' }), ...problemResponses },
  };
  const isAuthenticated: onRequestAsyncHookHandler = async function (request, reply) {
    if (bearerToken(request) !== undefined) await liveSession.call(this, request, reply);
  };

  app.post('/api/v1/auth/logout', { schema, onRequest: isAuthenticated, config: { bodyIsOptional: true } }, async (request, reply) => {
    const ended = request.user ? { userId: request.user.sub, sessionId: request.user.sid } : await sessionOf(request.body?.refreshToken);
    if (ended) {
      await revokeSession(orm, { ...ended, reason: 'logout', traceparent: request.headers.traceparent });
      relay.poke();
    }
    return reply.code(204).send(null);
  });

  async function sessionOf(refreshToken: string | undefined) {
    if (refreshToken === undefined) throw new Problem(problems.unauthenticated);
    const claim = parseRefreshToken(refreshToken);
    const session = claim && (await read([claim.sessionId]));
    const key = session && refreshKeyOf(session, issuer.refreshKeys);
    if (!key || !isGenuine(claim, { key, salt: session.salt })) return undefined;
    return { userId: session.user_id, sessionId: session.id };
  }
};
