import { type SealedText, sealedCheck, SealedTextType } from '@diabetics/shared/sealing/sealed-text';
import { defineEntity, p } from '@mikro-orm/core';

/** A person who can log in. Nothing here says who that is: the address is sealed, and found by an HMAC of it. */
const UserSchema = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.uuid().primary(),
    emailIndex: p.text().unique(),
    email: p.type(SealedTextType).$type<SealedText>(),
    emailVerified: p.boolean().default(false),
    passwordHash: p.text(),
    pepperId: p.text(),
    /** Raised by whatever changes how the person proves who they are; a login that began before is then void. */
    credentialVersion: p.integer().default(1),
    /** Number of events told of this person so far. */
    eventVersion: p.integer().default(0),
    createdAt: p.datetime(3),
  },
  checks: [sealedCheck('email'), { name: 'password_hash_is_argon2id', expression: `password_hash ~ '^[$]argon2id[$]'` }],
});
export class User extends UserSchema.class {}
UserSchema.setClass(User);

/** Where a user's address is sealed. */
export const emailCell = (userId: string) => ({ owner: userId, table: 'users', column: 'email', rowId: userId });
