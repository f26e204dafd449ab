import { defineEntity, p } from '@mikro-orm/core';

/** One person, as this service knows them. Known by the event of their registration or by their first write, whichever comes first. */
const PersonSchema = defineEntity({
  name: 'Person',
  tableName: 'people',
  properties: {
    userId: p.uuid().primary(),
    provisionedAt: p.datetime(3),
    /** Number of events told of this person by this service so far. */
    eventVersion: p.integer().default(0),
    latestVersion: p.integer().default(0),
    /** Final: nothing of an erased person is ever written or read again. */
    erasedAt: p.datetime(3).nullable(),
  },
});
export class Person extends PersonSchema.class {}
PersonSchema.setClass(Person);
