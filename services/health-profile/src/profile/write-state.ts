import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { EntityManager } from '@mikro-orm/postgresql';
import { openCurrent, type ProfileRow, SELECT_PROFILE } from './profile-row.ts';
import { SettingsVersion } from './settings-version.entity.ts';
import { openVersion } from './version-document.ts';

/** A person's row, locked until the end of the transaction. `now` is the transaction's time, in milliseconds. */
export type LockedPerson = { userId: string; latestVersion: number; erasedAt: Date | null; now: Date };

/** Locks the person's row, and makes it when the event of their registration has not arrived: a valid token proves that they exist. */
export async function lockPerson(tx: EntityManager, userId: string): Promise<LockedPerson> {
  await tx.execute(`insert into people (user_id, provisioned_at) values (?, date_trunc('milliseconds', now())) on conflict do nothing`, [
    userId,
  ]);
  const [person] = await tx.execute<LockedPerson[]>(
    `select user_id as "userId", latest_version as "latestVersion", erased_at as "erasedAt", date_trunc('milliseconds', now()) as now
     from people where user_id = ? for update`,
    [userId],
  );
  return person as LockedPerson;
}

export async function readCurrent(sealer: Pick<Sealer, 'open'>, tx: EntityManager, userId: string) {
  const [row] = await tx.execute<[ProfileRow]>(SELECT_PROFILE.replace('$1', '?'), [userId]);
  return { row, current: await openCurrent(sealer, tx, row) };
}

type SentRequest = { replaceable: readonly number[]; requestHash: string; createdBy: string };

/** Is the latest version what this very request wrote? Then its answer was lost, and it has come again. */
export async function isSentAgain(
  sealer: Pick<Sealer, 'open'>,
  tx: EntityManager,
  person: LockedPerson,
  request: SentRequest,
): Promise<boolean> {
  if (!request.replaceable.includes(person.latestVersion - 1)) return false;
  const latest = await tx.findOneOrFail(SettingsVersion, { user: person.userId, version: person.latestVersion });
  const { requestHash, createdBy } = await openVersion(sealer, tx, person.userId, latest.id, latest, latest.document);
  return requestHash === request.requestHash && createdBy === request.createdBy;
}
