import { defineEntity, p } from '@mikro-orm/core';

/** A wrapped data key of one owner: a user id, or the service itself for what is nobody's. Deleting the rows erases what they seal. */
const DataKeySchema = defineEntity({
  name: 'DataKey',
  tableName: 'data_keys',
  properties: {
    owner: p.text().primary(),
    version: p.integer().primary(),
    wrapped: p.text(),
    kekId: p.text(),
    createdAt: p.datetime().defaultRaw('now()'),
  },
  indexes: [{ properties: ['kekId'] }],
  checks: [{ name: 'data_keys_wrapped', expression: `wrapped ~ '^k1\\.[A-Za-z0-9_-]{1,32}\\.[A-Za-z0-9_-]+$'` }],
});
export class DataKey extends DataKeySchema.class {}
DataKeySchema.setClass(DataKey);
