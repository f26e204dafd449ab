import { type Static, type TSchema, Type } from 'typebox';
import { Settings } from '../settings/settings.schema.ts';
import type { ProfileState } from './profile-state.ts';

const OrNull = <T extends TSchema & { type: string }>(schema: T) =>
  Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] });
const Instant = Type.String({ format: 'date-time' });

const FindingAnswer = Type.Object({}, { additionalProperties: true });

/** Somebody's settings in force, and where they stand. */
export const ProfileAnswer = Type.Object(
  {
    userId: Type.String({ format: 'uuid' }),
    provisionedAt: Instant,
    version: Type.Integer({ description: 'In force now; 0 before the first write' }),
    latestVersion: Type.Integer({ description: 'The highest written; what If-Match names' }),
    effectiveFrom: OrNull(Instant),
    createdAt: OrNull(Instant),
    createdBy: OrNull(Type.String()),
    settingsHash: OrNull(Type.String({ description: 'sha256: over the RFC 8785 form of settings' })),
    settings: OrNull(Settings),
    findings: Type.Array(FindingAnswer, { description: 'As judged when the version was written' }),
    limitsVersion: OrNull(Type.String()),
    pending: OrNull(
      Type.Object({ version: Type.Integer(), effectiveFrom: Instant }, { description: 'The next version that will come into force' }),
    ),
  },
  { description: 'The settings in force' },
);
export type ProfileAnswer = Static<typeof ProfileAnswer>;

/** `"<latest>"` when that version is in force, else `"<latest>-<in force>"`: it changes whenever the answer does. */
export const etagOf = ({ version, latestVersion }: Pick<ProfileAnswer, 'version' | 'latestVersion'>) =>
  version === latestVersion ? `"${latestVersion}"` : `"${latestVersion}-${version}"`;

export const profileAnswer = ({ row, current, pending }: ProfileState): ProfileAnswer => ({
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
  pending,
});
