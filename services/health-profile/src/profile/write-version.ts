import { randomUUIDv7 } from 'node:crypto';
import { profileChanged } from '@diabetics/shared/messaging/contracts';
import { enqueue } from '@diabetics/shared/messaging/enqueue';
import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { EntityManager } from '@mikro-orm/postgresql';
import { limitsDocument } from '../limits/limits.ts';
import type { LockedPerson } from './lock-person.ts';
import { SettingsVersion } from './settings-version.entity.ts';
import { openVersion, sealVersion, type VersionContent } from './version-document.ts';

type Circumstances = { effectiveFrom: Date; createdAt: Date; createdBy: string; traceparent: string | undefined };

/**
 * Appends a version and tells of it. The person's row has been locked, so that its counters rise in the order of the versions;
 * they are written before any other row of the person.
 */
export async function writeVersion(
  sealer: Pick<Sealer, 'createDataKey' | 'open' | 'seal'>,
  tx: EntityManager,
  person: LockedPerson,
  content: Omit<VersionContent, 'previousSettingsHash' | 'limitsVersion'>,
  { effectiveFrom, createdAt, createdBy, traceparent }: Circumstances,
): Promise<void> {
  const { userId } = person;
  const [counted] = await tx.execute<[{ event_version: number; latest_version: number }]>(
    'update people set event_version = event_version + 1, latest_version = latest_version + 1 where user_id = ? returning event_version, latest_version',
    [userId],
  );
  const columns = { version: counted.latest_version, effectiveFrom, createdAt, createdBy };
  if (person.latestVersion === 0) await sealer.createDataKey(tx, userId);

  const id = randomUUIDv7();
  const previousSettingsHash = await settingsHashOf(sealer, tx, person);
  const whole = { ...content, previousSettingsHash, limitsVersion: limitsDocument.version };
  await tx.insert(SettingsVersion, { id, user: userId, ...columns, document: await sealVersion(sealer, tx, userId, id, columns, whole) });
  const data = { userId, version: columns.version, effectiveFrom: effectiveFrom.toISOString() };
  await enqueue(tx, profileChanged, data, { version: counted.event_version, traceparent });
}

/** Of the version that the new one follows; null for the first. */
async function settingsHashOf(sealer: Pick<Sealer, 'open'>, tx: EntityManager, { userId, latestVersion }: LockedPerson) {
  if (latestVersion === 0) return null;
  const previous = await tx.findOneOrFail(SettingsVersion, { user: userId, version: latestVersion });
  return (await openVersion(sealer, tx, userId, previous.id, previous, previous.document)).settingsHash;
}
