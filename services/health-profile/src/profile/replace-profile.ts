import { transact } from '@diabetics/shared/database/transaction';
import { Problem, problemResponses } from '@diabetics/shared/http/problem';
import type { Relay } from '@diabetics/shared/messaging/relay';
import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MikroORM } from '@mikro-orm/postgresql';
import { type Static, Type } from 'typebox';
import { checkSettings } from '../limits/check-settings.ts';
import { problems } from '../problems.ts';
import { sha256Of } from '../settings/settings-hash.ts';
import { Settings } from '../settings/settings.schema.ts';
import { judgeWrite } from './judge-write.ts';
import { lockPerson } from './lock-person.ts';
import { replaceableVersions, WriteHeaders } from './preconditions.ts';
import { etagOf, ProfileAnswer, profileAnswer } from './profile-answer.ts';
import { ProfileParams, profileOwner } from './profile-path.ts';
import { type ProfileState, readProfile } from './profile-state.ts';
import { isSentAgain } from './sent-again.ts';
import { writeVersion } from './write-version.ts';

type ReplaceProfileDeps = { orm: MikroORM; sealer: Pick<Sealer, 'createDataKey' | 'open' | 'seal'>; relay: Pick<Relay, 'poke'> };

const Instant = Type.String({
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$',
  format: 'date-time',
  description: 'an RFC 3339 time, as in 2026-11-25T06:00:00Z',
});
const Acknowledgement = Type.Object(
  { finding: Type.String({ maxLength: 64 }), reason: Type.String({ minLength: 3, maxLength: 500 }) },
  { additionalProperties: false },
);
const Write = Type.Object(
  {
    settings: Settings,
    effectiveFrom: Type.Optional(Instant),
    acknowledgements: Type.Optional(Type.Array(Acknowledgement, { maxItems: 200 })),
    note: Type.Optional(Type.String({ maxLength: 500, description: 'Kept sealed with the version' })),
  },
  { additionalProperties: false },
);

/** PUT /{me}: a new version of the settings, if nothing has changed since they were read and every value is possible. */
export const replaceProfile: FastifyPluginAsyncTypebox<ReplaceProfileDeps> = async (app, { orm, sealer, relay }) => {
  const schema = {
    summary: 'Write new settings',
    tags: ['profile'],
    security: [{ accessToken: [] }],
    params: ProfileParams,
    headers: WriteHeaders,
    body: Write,
    response: { 200: ProfileAnswer, ...problemResponses },
  };
  const options = { schema, onRequest: app.authenticated('profile:write'), serializerCompiler: () => JSON.stringify }; // as for the read

  app.put('/api/v1/health-profiles/:userId', options, async (request, reply) => {
    const { body, headers, user } = request;
    const replaceable = replaceableVersions(headers);
    const userId = profileOwner(request);
    const findings = checkSettings(body.settings); // before the transaction: it needs nothing of it
    const [settingsHash, requestHash] = [sha256Of(body.settings), sha256Of(body)];

    const state = await transact(orm, async (tx, now) => {
      const person = await lockPerson(tx, userId, now);
      if (person.erasedAt) throw new Problem(problems.erased);
      if (!replaceable.includes(person.latestVersion)) {
        if (await isSentAgain(sealer, tx, person, { replaceable, requestHash, createdBy: user.sub })) return undefined;
        throw new Problem(problems.versionConflict, {
          detail: `The latest version is ${person.latestVersion}: read it and decide again.`,
          members: { latestVersion: person.latestVersion },
        });
      }
      const before = await readProfile(sealer, tx, userId);
      const isUnchanged = changesNothing(body, settingsHash, before, now);
      const effectiveFrom = judgeWrite(isUnchanged ? { ...body, acknowledgements: [] } : body, findings, now);
      if (isUnchanged) return before;

      const traceparent = [headers.traceparent].flat()[0];
      const content = { settings: body.settings, settingsHash, requestHash, findings, note: body.note ?? null };
      await writeVersion(sealer, tx, person, content, { effectiveFrom, createdAt: now, createdBy: user.sub, traceparent });
      return readProfile(sealer, tx, userId);
    });
    relay.poke();

    // The write of an earlier request is told as it stands now: this transaction may have begun before it.
    const answer = profileAnswer(state ?? (await readProfile(sealer, orm.em.fork(), userId)));
    return reply.header('etag', etagOf(answer)).send(answer);
  });
};

/** The settings in force once more, for now, and nothing waiting that this could be meant to stop. */
const changesNothing = ({ effectiveFrom }: Static<typeof Write>, settingsHash: string, { current, pending }: ProfileState, now: Date) =>
  current?.settingsHash === settingsHash && pending === null && (effectiveFrom === undefined || Date.parse(effectiveFrom) <= now.getTime());
