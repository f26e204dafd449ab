import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ProfileAnswer } from './profile-answer.ts';
import { openVersion, type VersionDocument } from './version-document.ts';

/**
 * A person with the version in force now (the highest that has begun) and the next one that will be. The erasure mark stands in
 * the same statement, so that it holds at once.
 * `$1` user id.
 */
export const SELECT_PROFILE = `
  select person.user_id, person.provisioned_at, person.erased_at, person.latest_version,
         current.id, current.version, current.effective_from, current.created_at, current.created_by, current.document,
         next.version as next_version, next.effective_from as next_effective_from
  from people person
  left join lateral (
    select * from settings_versions v
    where v.user_id = person.user_id and v.effective_from <= now() order by v.version desc limit 1
  ) current on true
  left join lateral (
    select v.version, v.effective_from from settings_versions v
    where v.user_id = person.user_id and v.effective_from > now() and v.version > coalesce(current.version, 0)
    order by v.effective_from, v.version desc limit 1
  ) next on person.latest_version > coalesce(current.version, 0)
  where person.user_id = $1`;

export type ProfileRow = {
  user_id: string;
  provisioned_at: Date;
  erased_at: Date | null;
  latest_version: number;
  next_version: number | null;
  next_effective_from: Date | null;
} & ({ id: null } | { id: string; version: number; effective_from: Date; created_at: Date; created_by: string; document: string });

/** Opens the version in force; undefined before the first. */
export async function openCurrent(sealer: Pick<Sealer, 'open'>, em: EntityManager, row: ProfileRow): Promise<VersionDocument | undefined> {
  if (row.id === null) return undefined;
  const { version, effective_from: effectiveFrom, created_at: createdAt, created_by: createdBy } = row;
  return openVersion(sealer, em, row.user_id, row.id, { version, effectiveFrom, createdAt, createdBy }, row.document);
}

export function profileAnswer(row: ProfileRow, current: VersionDocument | undefined): ProfileAnswer {
  return {
    userId: row.user_id,
    provisionedAt: row.provisioned_at.toISOString(),
    version: current?.version ?? 0,
    latestVersion: row.latest_version,
    effectiveFrom: current?.effectiveFrom ?? null,
    createdAt: current?.createdAt ?? null,
    createdBy: current?.createdBy ?? null,
    settingsHash: current?.settingsHash ?? null,
    settings: current?.settings ?? null,
    findings: current?.findings ?? [],
    limitsVersion: current?.limitsVersion ?? null,
    pending:
      row.next_version !== null && row.next_effective_from !== null
        ? { version: row.next_version, effectiveFrom: row.next_effective_from.toISOString() }
        : null,
  };
}
