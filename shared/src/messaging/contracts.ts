import { type Static, type TObject, Type } from 'typebox';

const Id = Type.String({ format: 'uuid' });
const Instant = Type.String({ format: 'date-time' });

/** A fact that one service tells and others may rely on. Subject and `ce-type` are both `type`. No address, no health data. */
export type EventType<Data extends TObject = TObject> = {
  readonly type: string;
  readonly source: '/auth' | '/health-profile';
  readonly data: Data;
  /** How long the stream keeps it; for ever when absent. */
  readonly ttlDays?: number;
};
export type EventData<T extends EventType> = Static<T['data']>;

/** An account became usable. */
export const userCreated = {
  type: 'auth.user.created.v1',
  source: '/auth',
  data: Type.Object({ userId: Id, createdAt: Instant }),
} as const satisfies EventType;

/** A session ended before its time: its access tokens are no longer good. */
export const sessionRevoked = {
  type: 'auth.session.revoked.v1',
  source: '/auth',
  ttlDays: 35,
  data: Type.Object({
    userId: Id,
    sessionId: Id,
    reason: Type.Enum(['logout', 'refresh-token-reuse']),
    revokedAt: Instant,
  }),
} as const satisfies EventType;

/** A new version of somebody's therapy settings was written. */
export const profileChanged = {
  type: 'health-profile.changed.v1',
  source: '/health-profile',
  data: Type.Object({ userId: Id, version: Type.Integer({ minimum: 1 }), effectiveFrom: Instant }),
} as const satisfies EventType;

/** All that are emitted. */
export const eventTypes: readonly EventType[] = [userCreated, sessionRevoked, profileChanged];
