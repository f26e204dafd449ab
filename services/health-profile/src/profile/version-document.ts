import type { Sealer } from '@diabetics/shared/sealing/sealer';
import type { SealedText } from '@diabetics/shared/sealing/sealed-text';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Finding } from '../limits/finding.ts';
import { canonicalJson } from '../settings/settings-hash.ts';
import type { Settings } from '../settings/settings.schema.ts';
import { documentCell } from './settings-version.entity.ts';

/** The columns of a version that its document repeats. */
export type VersionColumns = { version: number; effectiveFrom: Date; createdAt: Date; createdBy: string };

/** What is sealed of a version: all that is said or can be guessed of the settings. */
export type VersionContent = {
  settings: Settings;
  settingsHash: string;
  /** Of the version before; chains the versions. */
  previousSettingsHash: string | null;
  /** Of the request, to recognise the same one sent again. */
  requestHash: string;
  findings: Finding[];
  limitsVersion: string;
  note: string | null;
};
export type VersionDocument = VersionContent & { schema: 1; version: number; effectiveFrom: string; createdAt: string; createdBy: string };

/** The document does not belong to the row it lies in: somebody who can write the database has moved or changed one. */
export class VersionTampered extends Error {}

export function sealVersion(
  sealer: Pick<Sealer, 'seal'>,
  tx: EntityManager,
  userId: string,
  id: string,
  columns: VersionColumns,
  content: VersionContent,
): Promise<SealedText> {
  const document: VersionDocument = { schema: 1, ...repeated(columns), ...content };
  return sealer.seal(tx, documentCell(userId, id), canonicalJson(document));
}

/** @throws {VersionTampered} */
export async function openVersion(
  sealer: Pick<Sealer, 'open'>,
  em: EntityManager,
  userId: string,
  id: string,
  columns: VersionColumns,
  sealed: string,
): Promise<VersionDocument> {
  const document = JSON.parse(await sealer.open(em, documentCell(userId, id), sealed)) as VersionDocument;
  const expected = repeated(columns);
  const isTheRows = (Object.keys(expected) as (keyof typeof expected)[]).every((key) => document[key] === expected[key]);
  if (!isTheRows) throw new VersionTampered();
  return document;
}

const repeated = ({ version, effectiveFrom, createdAt, createdBy }: VersionColumns) => ({
  version,
  effectiveFrom: effectiveFrom.toISOString(),
  createdAt: createdAt.toISOString(),
  createdBy,
});
