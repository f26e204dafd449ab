import { prepared } from '@diabetics/shared/database/prepared';
import { Problem, problemResponses } from '@diabetics/shared/http/problem';
import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Type } from 'typebox';
import { problems } from '../problems.ts';
import { matchesTag } from './preconditions.ts';
import { etagOf, ProfileAnswer } from './profile-answer.ts';
import { ProfileParams, profileOwner } from './profile-path.ts';
import { openCurrent, type ProfileRow, profileAnswer, SELECT_PROFILE } from './profile-row.ts';

/** GET /{me}: the settings in force. */
export const readProfile: FastifyPluginAsyncTypebox<{ orm: MikroORM; sealer: Pick<Sealer, 'open'> }> = async (app, { orm, sealer }) => {
  const find = prepared<ProfileRow>(orm, 'profile', SELECT_PROFILE);
  const em = orm.em.fork(); // reads one key row when a data key is not in memory; keeps nothing
  const schema = {
    summary: 'Read the settings in force',
    tags: ['profile'],
    security: [{ accessToken: [] }],
    params: ProfileParams,
    response: { 200: ProfileAnswer, 304: Type.Null(), ...problemResponses },
  };

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
    return profileAnswer(row, await openCurrent(sealer, em, row));
  });
};
