import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { EntityManager } from '@mikro-orm/postgresql';
import { openVersion, type VersionDocument, VersionTampered } from './version-document.ts';

/**
 * A person with the version in force now: the highest that has begun. The erasure mark stands in the same statement, so that it
 * holds at once.
 * @param userId how the statement is to name its only value: `$1` prepared, `?` through the ORM
 */
export const selectProfile = (userId: '$1' | '?') => `
  select person.user_id, person.provisioned_at, person.erased_at, person.latest_version, now() as read_at,
         current.id, current.version, current.effective_from, current.created_at, current.created_by, current.document
  from people person
  left join lateral (
    select * from settings_versions v
    where v.user_id = person.user_id and v.effective_from <= now() order by v.version desc limit 1
  ) current on true
  where person.user_id = ${userId}`;

type VersionRow = { id: string; version: number; effective_from: Date; created_at: Date; created_by: string; document: string };
export type ProfileRow = { user_id: string; provisioned_at: Date; erased_at: Date | null; latest_version: number; read_at: Date } & (
  | { id: null }
  | VersionRow
);

/** What a person's row stands for, opened and found whole. */
export type ProfileState = {
  row: ProfileRow;
  /** The version in force; undefined before the first has begun. */
  current: VersionDocument | undefined;
  /** The next version that will come into force. */
  pending: { version: number; effectiveFrom: string } | null;
};

/**
 * Opens the version in force, and those above it that have not begun.
 * @throws {VersionTampered} when one of them is missing or was changed: an older dose would be in force in its place
 */
export async function openProfile(sealer: Pick<Sealer, 'open'>, em: EntityManager, row: ProfileRow): Promise<ProfileState> {
  const current = row.id === null ? undefined : await open(sealer, em, row.user_id, row);
  const inForce = current?.version ?? 0;
  if (row.latest_version === inForce) return { row, current, pending: null };

  const later = await em.execute<VersionRow[]>(
    'select * from settings_versions where user_id = ? and version between ? and ? order by version',
    [row.user_id, inForce + 1, row.latest_version],
  );
  if (later.length !== row.latest_version - inForce) throw new VersionTampered();
  const documents: VersionDocument[] = [];
  for (const version of later) documents.push(await open(sealer, em, row.user_id, version));
  const [next] = documents.toSorted((a, b) => a.effectiveFrom.localeCompare(b.effectiveFrom) || b.version - a.version);
  return { row, current, pending: next ? { version: next.version, effectiveFrom: next.effectiveFrom } : null };
}

/** The same inside a transaction, for a person who is known. */
export async function readProfile(sealer: Pick<Sealer, 'open'>, em: EntityManager, userId: string): Promise<ProfileState> {
  const [row] = await em.execute<[ProfileRow]>(selectProfile('?'), [userId]);
  return openProfile(sealer, em, row);
}

function open(sealer: Pick<Sealer, 'open'>, em: EntityManager, userId: string, row: VersionRow) {
  const { version, effective_from: effectiveFrom, created_at: createdAt, created_by: createdBy } = row;
  return openVersion(sealer, em, userId, row.id, { version, effectiveFrom, createdAt, createdBy }, row.document);
}
