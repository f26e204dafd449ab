import { defineEntity, p } from '@mikro-orm/core';

/** An event, written in the transaction of the change it tells. Rows stay after they were sent: this is the source of truth. */
const OutboxEventSchema = defineEntity({
  name: 'OutboxEvent',
  tableName: 'outbox',
  properties: {
    /** Order of sending. For one person it follows `aggregateVersion`, since their row is locked before it is drawn. */
    seq: p.bigint('string').primary().autoincrement(),
    id: p.uuid().unique(),
    userId: p.uuid(),
    aggregateVersion: p.integer(),
    type: p.text(),
    data: p.json(),
    traceparent: p.text(),
    occurredAt: p.datetime().defaultRaw('now()'),
    sentAt: p.datetime().nullable(),
    streamSeq: p.bigint('string').nullable(),
  },
  uniques: [{ name: 'outbox_person_version', properties: ['userId', 'aggregateVersion'] }],
  indexes: [{ name: 'outbox_unsent', expression: 'create index "outbox_unsent" on "outbox" ("seq") where "sent_at" is null' }],
});
export class OutboxEvent extends OutboxEventSchema.class {}
OutboxEventSchema.setClass(OutboxEvent);
