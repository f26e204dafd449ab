import { randomUUIDv7 } from 'node:crypto';
import { profileChanged } from '@diabetics/shared/messaging/contracts';
import { enqueue } from '@diabetics/shared/messaging/enqueue';
import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Finding } from '../limits/finding.ts';
import { limitsDocument } from '../limits/limits.ts';
import type { Settings } from '../settings/settings.schema.ts';
import { SettingsVersion } from './settings-version.entity.ts';
import { openVersion, sealVersion } from './version-document.ts';
import type { LockedPerson } from './write-state.ts';

type NewVersion = {
  settings: Settings;
  settingsHash: string;
  requestHash: string;
  findings: Finding[];
  note: string | null;
  effectiveFrom: Date;
  createdBy: string;
  traceparent: string | undefined;
};

/**
 * Appends a version and tells of it. The person's row is locked already, and its counter comes before every other row.
 * @returns the id of the version's row
 */
export async function writeVersion(
  sealer: Pick<Sealer, 'createDataKey' | 'open' | 'seal'>,
  tx: EntityManager,
  person: LockedPerson,
  next: NewVersion,
): Promise<string> {
  const { userId, now: createdAt } = person;
  const [counted] = await tx.execute<[{ event_version: number; latest_version: number }]>(
    'update people set event_version = event_version + 1, latest_version = latest_version + 1 where user_id = ? returning event_version, latest_version',
    [userId],
  );
  const { effectiveFrom, createdBy, traceparent, ...content } = next;
  const columns = { version: counted.latest_version, effectiveFrom, createdAt, createdBy };
  if (person.latestVersion === 0) await sealer.createDataKey(tx, userId);

  const id = randomUUIDv7();
  const previousSettingsHash = await settingsHashOf(sealer, tx, person);
  const document = await sealVersion(sealer, tx, userId, id, columns, {
    ...content,
    previousSettingsHash,
    limitsVersion: limitsDocument.version,
  });
  await tx.insert(SettingsVersion, { id, user: userId, ...columns, document });
  const data = { userId, version: columns.version, effectiveFrom: effectiveFrom.toISOString() };
  await enqueue(tx, profileChanged, data, { version: counted.event_version, traceparent });
  return id;
}

/** Of the version that the new one follows; null for the first. */
async function settingsHashOf(sealer: Pick<Sealer, 'open'>, tx: EntityManager, { userId, latestVersion }: LockedPerson) {
  if (latestVersion === 0) return null;
  const previous = await tx.findOneOrFail(SettingsVersion, { user: userId, version: latestVersion });
  return (await openVersion(sealer, tx, userId, previous.id, previous, previous.document)).settingsHash;
}
