import { type SealedText, sealedCheck, SealedTextType } from '@diabetics/shared/sealing/sealed-text';
import { defineEntity, p } from '@mikro-orm/core';
import { Person } from './person.entity.ts';

/** One version of somebody's settings. Never changed; removed only by erasure. */
const SettingsVersionSchema = defineEntity({
  name: 'SettingsVersion',
  tableName: 'settings_versions',
  properties: {
    id: p.uuid().primary(),
    user: () => p.manyToOne(Person).fieldName('user_id').deleteRule('cascade'),
    version: p.integer(),
    effectiveFrom: p.datetime(3),
    createdAt: p.datetime(3),
    createdBy: p.uuid(),
    document: p.type(SealedTextType).$type<SealedText>(),
  },
  uniques: [{ name: 'settings_version_of_person', properties: ['user', 'version'] }],
  checks: [sealedCheck('document')],
});
export class SettingsVersion extends SettingsVersionSchema.class {}
SettingsVersionSchema.setClass(SettingsVersion);

/** Where a version's document is sealed. */
export const documentCell = (userId: string, versionId: string) => ({
  owner: userId,
  table: 'settings_versions',
  column: 'document',
  rowId: versionId,
});
