import { defineEntity, p } from '@mikro-orm/core';

/** A message that could not be handled. It is kept here, whole, until somebody has it handled again; it blocks nobody else. */
const ParkedEventSchema = defineEntity({
  name: 'ParkedEvent',
  tableName: 'parked_events',
  properties: {
    stream: p.text().primary(),
    streamSeq: p.bigint('string').primary(),
    subject: p.text(),
    headers: p.json(),
    body: p.type('bytea').$type<Buffer>(),
    reason: p.text(),
    parkedAt: p.datetime().defaultRaw('now()'),
  },
});
export class ParkedEvent extends ParkedEventSchema.class {}
ParkedEventSchema.setClass(ParkedEvent);

/** The last message of a stream whose effect is in this database, written with it. */
const StreamPositionSchema = defineEntity({
  name: 'StreamPosition',
  tableName: 'stream_positions',
  properties: { stream: p.text().primary(), streamSeq: p.bigint('string') },
});
export class StreamPosition extends StreamPositionSchema.class {}
StreamPositionSchema.setClass(StreamPosition);
