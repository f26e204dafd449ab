import { type KeyObject, randomUUIDv7 } from 'node:crypto';
import { violatesUnique } from '@diabetics/shared/database/errors';
import { transact } from '@diabetics/shared/database/transaction';
import { Problem, problemResponses } from '@diabetics/shared/http/problem';
import { userCreated } from '@diabetics/shared/messaging/contracts';
import { enqueue } from '@diabetics/shared/messaging/enqueue';
import type { Relay } from '@diabetics/shared/messaging/relay';
import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Type } from 'typebox';
import type { PasswordHasher } from '../passwords/hasher.ts';
import { Password, requireAcceptable } from '../passwords/policy.ts';
import { problems } from '../problems.ts';
import { EmailAddress, emailIndexOf, requireAddress } from './address.ts';
import { emailCell, User } from './user.entity.ts';
import { UserAnswer } from './user-answer.ts';

type RegisterDeps = {
  orm: MikroORM;
  sealer: Pick<Sealer, 'createDataKey' | 'seal'>;
  hasher: Pick<PasswordHasher, 'hash'>;
  relay: Pick<Relay, 'poke'>;
  emailIndexKey: KeyObject;
  passwordMinLength: number;
};

/** POST /register: a person, their data key and the event that tells of them, in one transaction. */
export const register: FastifyPluginAsyncTypebox<RegisterDeps> = async (
  app,
  { orm, sealer, hasher, relay, emailIndexKey, passwordMinLength },
) => {
  const schema = {
    summary: 'Register',
    tags: ['users'],
    body: Type.Object(
      {
        email: EmailAddress,
        password: Password,
        locale: Type.Optional(Type.String({ maxLength: 35, description: 'BCP 47, for the language of mails' })),
      },
      { additionalProperties: false },
    ),
    response: { 201: UserAnswer, ...problemResponses },
  };

  app.post('/api/v1/auth/register', { schema }, async ({ body, headers }, reply) => {
    const address = requireAddress(body.email);
    requireAcceptable(body.password, passwordMinLength, '#/password');
    // Hash before the transaction: it would hold a connection while it works.
    const hashed = await hasher.hash(body.password);
    const id = randomUUIDv7();

    const createdAt = await transact(orm, async (tx, now) => {
      await sealer.createDataKey(tx, id);
      await tx.insert(User, {
        id,
        emailIndex: emailIndexOf(address, emailIndexKey),
        email: await sealer.seal(tx, emailCell(id), body.email),
        ...hashed,
        eventVersion: 1,
        createdAt: now,
      });
      const data = { userId: id, createdAt: now.toISOString() };
      await enqueue(tx, userCreated, data, { version: 1, traceparent: [headers.traceparent].flat()[0] });
      return now;
    }).catch((error: unknown) => {
      if (violatesUnique(error, 'users_email_index_unique')) throw new Problem(problems.emailTaken, { cause: error });
      throw error;
    });
    relay.poke();
    return reply.code(201).send({ id, email: body.email, emailVerified: false, createdAt: createdAt.toISOString(), mfa: { totp: false } });
  });
};
