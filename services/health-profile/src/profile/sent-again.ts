import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { LockedPerson } from './lock-person.ts';
import { SettingsVersion } from './settings-version.entity.ts';
import { openVersion } from './version-document.ts';

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
