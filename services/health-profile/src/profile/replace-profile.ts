import { transact } from '@diabetics/shared/database/transaction';
import { Problem, problemResponses } from '@diabetics/shared/http/problem';
import type { Relay } from '@diabetics/shared/messaging/relay';
import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Type } from 'typebox';
import { checkSettings } from '../limits/check-settings.ts';
import { sha256Of } from '../settings/settings-hash.ts';
import { Settings } from '../settings/settings.schema.ts';
import { requireAcceptable } from './acceptable.ts';
import { replaceableVersions, WriteHeaders } from './preconditions.ts';
import { etagOf, ProfileAnswer } from './profile-answer.ts';
import { ProfileParams, profileOwner } from './profile-path.ts';
import { profileAnswer } from './profile-row.ts';
import { isSentAgain, lockPerson, readCurrent } from './write-state.ts';
import { writeVersion } from './write-version.ts';
import { SettingsVersion } from './settings-version.entity.ts';
import { problems } from '../problems.ts';

type ReplaceProfileDeps = { orm: MikroORM; sealer: Pick<Sealer, 'createDataKey' | 'open' | 'seal'>; relay: Pick<Relay, 'poke'> };

/** PUT /{me}: a new version of the settings, if nothing has changed since they were read and every value is possible. */
export const replaceProfile: FastifyPluginAsyncTypebox<ReplaceProfileDeps> = async (app, { orm, sealer, relay }) => {
  const schema = {
    summary: 'Write new settings',
    tags: ['profile'],
    security: [{ accessToken: [] }],
    params: ProfileParams,
    headers: WriteHeaders,
    body: Type.Object(
      {
        settings: Settings,
        effectiveFrom: Type.Optional(Type.String({ format: 'date-time', description: 'Default now; at most 24 hours ahead' })),
        acknowledgements: Type.Optional(
          Type.Array(
            Type.Object(
              { finding: Type.String({ maxLength: 64 }), reason: Type.String({ minLength: 3, maxLength: 500 }) },
              { additionalProperties: false },
            ),
            { maxItems: 200 },
          ),
        ),
        note: Type.Optional(Type.String({ maxLength: 500, description: 'Kept sealed with the version' })),
      },
      { additionalProperties: false },
    ),
    response: { 200: ProfileAnswer, ...problemResponses },
  };

  const options = { schema, onRequest: app.authenticated('profile:write'), serializerCompiler: () => JSON.stringify };
  app.put('/api/v1/health-profiles/:userId', options, async (request, reply) => {
    const { body, headers, user } = request;
    const replaceable = replaceableVersions(headers);
    const userId = profileOwner(request);
    const findings = checkSettings(body.settings); // before the transaction: it needs nothing of it
    const settingsHash = sha256Of(body.settings);
    const requestHash = sha256Of(body);

    const { row, current, written } = await transact(
      orm,
      async (tx) => {
        const person = await lockPerson(tx, userId);
        if (person.erasedAt) throw new Problem(problems.erased);
        if (!replaceable.includes(person.latestVersion)) {
          if (await isSentAgain(sealer, tx, person, { replaceable, requestHash, createdBy: user.sub }))
            return { ...(await readCurrent(sealer, tx, userId)), written: undefined };
          throw new Problem(problems.versionConflict, {
            detail: `The latest version is ${person.latestVersion}: read it and decide again.`,
            members: { latestVersion: person.latestVersion },
          });
        }
        const before = await readCurrent(sealer, tx, userId);
        const effectiveFrom = requireAcceptable(body, findings, person.now);
        const changesNothing =
          before.current?.settingsHash === settingsHash && before.row.next_version === null && effectiveFrom <= person.now;
        if (changesNothing) return { ...before, written: undefined };

        const id = await writeVersion(sealer, tx, person, {
          settings: body.settings,
          settingsHash,
          requestHash,
          findings,
          note: body.note ?? null,
          effectiveFrom,
          createdBy: user.sub,
          traceparent: [headers.traceparent].flat()[0],
        });
        return { ...(await readCurrent(sealer, tx, userId)), written: id };
      },
      async (em, { written: id }) => id === undefined || (await em.count(SettingsVersion, { id })) === 1,
    );
    if (written) relay.poke();

    const answer = profileAnswer(row, current);
    return reply.header('etag', etagOf(answer)).send(answer);
  });
};
