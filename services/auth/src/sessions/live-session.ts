import { prepared } from '@diabetics/shared/database/prepared';
import { Problem } from '@diabetics/shared/http/problem';
import { INVALID_TOKEN_CHALLENGE } from '@diabetics/shared/http/problem-handler';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import { problems } from '../problems.ts';

/**
 * An `onRequest` hook for auth's own operations: a good access token, and a session that still lives by its row. Other services
 * learn of an ended session by its event; here it can do nothing at once.
 */
export function requireLiveSession(app: FastifyInstance, orm: MikroORM): onRequestAsyncHookHandler {
  const authenticate = app.authenticated();
  const find = prepared(
    orm,
    'session-is-live',
    'select 1 from sessions where id = $1 and user_id = $2 and revoked_at is null and least(idle_expires_at, expires_at) > now()',
  );
  return async function (request, reply) {
    await authenticate.call(this, request, reply);
    if (!(await find([request.user.sid, request.user.sub]))) {
      throw new Problem(problems.invalidToken, { headers: INVALID_TOKEN_CHALLENGE });
    }
  };
}
