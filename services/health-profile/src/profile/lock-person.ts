import type { EntityManager } from '@mikro-orm/postgresql';

/** A person's row, locked until the end of the transaction. */
export type LockedPerson = { userId: string; latestVersion: number; erasedAt: Date | null };

/** Locks the person's row, and makes it when the event of their registration has not arrived: a valid token proves that they exist. */
export async function lockPerson(tx: EntityManager, userId: string, now: Date): Promise<LockedPerson> {
  await tx.execute('insert into people (user_id, provisioned_at) values (?, ?) on conflict do nothing', [userId, now]);
  const [person] = await tx.execute<[LockedPerson]>(
    'select user_id as "userId", latest_version as "latestVersion", erased_at as "erasedAt" from people where user_id = ? for update',
    [userId],
  );
  return person;
}
