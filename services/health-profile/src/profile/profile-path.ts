import { Problem } from '@diabetics/shared/http/problem';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { problems } from '../problems.ts';

/** `me`, or the caller's own user id. */
export const ProfileParams = Type.Object({ userId: Type.String({ description: '`me` or the own user id' }) });

/** Whose profile the path names. Another person's is as unknown as one that never was. */
export function profileOwner({ params, user }: FastifyRequest): string {
  const { userId } = params as { userId: string };
  if (userId === 'me' || userId === user.sub) return user.sub;
  throw new Problem(problems.notFound);
}
