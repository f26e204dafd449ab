import { prepared } from '@diabetics/shared/database/prepared';
import { Problem, problemResponses } from '@diabetics/shared/http/problem';
import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { onRequestAsyncHookHandler } from 'fastify';
import { problems } from '../problems.ts';
import { emailCell } from './user.entity.ts';
import { UserAnswer } from './user-answer.ts';

type ReadMeDeps = { orm: MikroORM; sealer: Pick<Sealer, 'open'>; liveSession: onRequestAsyncHookHandler };

/** GET /me: who is logged in. */
export const readMe: FastifyPluginAsyncTypebox<ReadMeDeps> = async (app, { orm, sealer, liveSession }) => {
  const find = prepared<{ email: string; email_verified: boolean; created_at: Date }>(
    orm,
    'user',
    'select email, email_verified, created_at from users where id = $1',
  );
  const schema = {
    summary: 'Who is logged in',
    tags: ['users'],
    security: [{ accessToken: [] }],
    response: { 200: UserAnswer, ...problemResponses },
  };

  app.get('/api/v1/auth/me', { schema, onRequest: liveSession }, async ({ user: { sub: id } }) => {
    const user = await find([id]);
    if (!user) throw new Problem(problems.invalidToken);
    const email = await sealer.open(orm.em.fork(), emailCell(id), user.email);
    return { id, email, emailVerified: user.email_verified, createdAt: user.created_at.toISOString(), mfa: { totp: false } };
  });
};
