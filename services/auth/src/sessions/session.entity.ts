import { type SealedText, sealedCheck, SealedTextType } from '@diabetics/shared/sealing/sealed-text';
import { defineEntity, p } from '@mikro-orm/core';
import { User } from '../users/user.entity.ts';

/** One login and all the refresh tokens that follow it. No token is stored: it is computed from this row and a key outside the database. */
const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.uuid().primary(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    /** The refresh token of this generation is the good one. */
    generation: p.integer().default(0),
    salt: p.type('bytea').$type<Buffer>(),
    /** The HMAC key the session began with, for its whole life: a retry must compute the same token. */
    refreshKeyId: p.text(),
    scope: p.text(),
    amr: p.array().$type<string[]>(),
    authTime: p.datetime(3),
    createdAt: p.datetime(3),
    rotatedAt: p.datetime(3),
    idleExpiresAt: p.datetime(3),
    expiresAt: p.datetime(3),
    /** `{ deviceName, userAgent }`, sealed. */
    device: p.type(SealedTextType).$type<SealedText>(),
    revokedAt: p.datetime(3).nullable(),
    revokeReason: p.text().nullable(),
  },
  indexes: [{ properties: ['user'] }],
  checks: [sealedCheck('device')],
});
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);

/** Where a session's device is sealed. */
export const deviceCell = (userId: string, sessionId: string) => ({ owner: userId, table: 'sessions', column: 'device', rowId: sessionId });
