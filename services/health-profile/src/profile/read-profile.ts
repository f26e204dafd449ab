import { prepared } from '@diabetics/shared/database/prepared';
import { matchesTag } from '@diabetics/shared/http/etag';
import { Problem, problemResponses } from '@diabetics/shared/http/problem';
import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Type } from 'typebox';
import { problems } from '../problems.ts';
import { etagOf, ProfileAnswer, profileAnswer } from './profile-answer.ts';
import { ProfileParams, profileOwner } from './profile-path.ts';
import { openProfile, type ProfileRow, selectProfile } from './profile-state.ts';

/** GET /{me}: the settings in force. */
export const readProfile: FastifyPluginAsyncTypebox<{ orm: MikroORM; sealer: Pick<Sealer, 'open'> }> = async (app, { orm, sealer }) => {
  const find = prepared<ProfileRow>(orm, 'profile', selectProfile('$1'));
  const em = orm.em.fork(); // for what is not in memory: a data key, a version that has not begun; keeps nothing
  const schema = {
    summary: 'Read the settings in force',
    tags: ['profile'],
    security: [{ accessToken: [] }],
    params: ProfileParams,
    response: { 200: ProfileAnswer, 304: Type.Null({ description: 'Not changed' }), ...problemResponses },
  };
  // The answer is built field by field, so nothing has to be filtered out of it; the schema's serializer takes five times as long.
  const options = { schema, onRequest: app.authenticated('profile:read'), serializerCompiler: () => JSON.stringify };

  app.get('/api/v1/health-profiles/:userId', options, async (request, reply) => {
    const row = await find([profileOwner(request)]);
    if (!row) {
      throw new Problem(problems.notFound, {
        detail: 'Not known here yet; a new account arrives within moments.',
        members: { retryable: true },
      });
    }
    if (row.erased_at) throw new Problem(problems.erased);
    const etag = etagOf({ version: row.id === null ? 0 : row.version, latestVersion: row.latest_version });
    reply.header('etag', etag);
    if (matchesTag(request.headers['if-none-match'], etag)) return reply.code(304).send(null);
    return profileAnswer(await openProfile(sealer, em, row));
  });
};
