import { transact } from '@diabetics/shared/database/transaction';
import { type EventData, sessionRevoked } from '@diabetics/shared/messaging/contracts';
import { enqueue } from '@diabetics/shared/messaging/enqueue';
import type { MikroORM } from '@mikro-orm/postgresql';

type Revocation = Pick<EventData<typeof sessionRevoked>, 'userId' | 'sessionId' | 'reason'> & {
  traceparent: string | string[] | undefined;
};

/** Ends a session and tells every verifier. Done twice, the first time and reason stay. */
export async function revokeSession(orm: Pick<MikroORM, 'em'>, { userId, sessionId, reason, traceparent }: Revocation): Promise<void> {
  await transact(
    orm,
    async (tx) => {
      const [user] = await tx.execute<{ event_version: number }[]>(
        'update users set event_version = event_version + 1 where id = ? returning event_version',
        [userId],
      );
      const [session] = await tx.execute<{ revoked_at: Date }[]>(
        `update sessions set revoked_at = coalesce(revoked_at, date_trunc('milliseconds', now())), revoke_reason = coalesce(revoke_reason, ?)
         where id = ? and user_id = ? returning revoked_at`,
        [reason, sessionId, userId],
      );
      if (!user || !session) return; // the person is gone, and the session with them
      const data = { userId, sessionId, reason, revokedAt: session.revoked_at.toISOString() };
      await enqueue(tx, sessionRevoked, data, { version: user.event_version, traceparent: [traceparent].flat()[0] });
    },
    async (em) => {
      const [session] = await em.execute<object[]>('select 1 from sessions where id = ? and revoked_at is not null', [sessionId]);
      return session !== undefined;
    },
  );
}
