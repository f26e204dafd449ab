import { transact } from '@diabetics/shared/database/transaction';
import { type EventData, sessionRevoked } from '@diabetics/shared/messaging/contracts';
import { enqueue } from '@diabetics/shared/messaging/enqueue';
import type { MikroORM } from '@mikro-orm/postgresql';

type Revocation = Pick<EventData<typeof sessionRevoked>, 'userId' | 'sessionId' | 'reason'> & {
  traceparent: string | string[] | undefined;
};

/** Thrown inside the transaction, so that the counter goes back with it: no event, no number. */
class NothingToRevoke extends Error {}

/** Ends a session and tells every verifier. Of two who try, one does; a session that has ended already stays as it is. */
export async function revokeSession(orm: Pick<MikroORM, 'em'>, { userId, sessionId, reason, traceparent }: Revocation): Promise<void> {
  await transact(orm, async (tx, now) => {
    const [user] = await tx.execute<{ event_version: number }[]>(
      'update users set event_version = event_version + 1 where id = ? returning event_version',
      [userId],
    );
    const revoked = await tx.execute<object[]>(
      'update sessions set revoked_at = ?, revoke_reason = ? where id = ? and user_id = ? and revoked_at is null returning id',
      [now, reason, sessionId, userId],
    );
    if (!user || revoked.length === 0) throw new NothingToRevoke();
    const data = { userId, sessionId, reason, revokedAt: now.toISOString() };
    await enqueue(tx, sessionRevoked, data, { version: user.event_version, traceparent: [traceparent].flat()[0] });
  }).catch((error: unknown) => {
    if (!(error instanceof NothingToRevoke)) throw error;
  });
}
