import { Type } from 'typebox';

/** A user, as they see themselves. */
export const UserAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    email: Type.String({ description: 'As entered' }),
    emailVerified: Type.Boolean(),
    createdAt: Type.String({ format: 'date-time' }),
    mfa: Type.Object({ totp: Type.Boolean() }),
  },
  { description: 'The user' },
);
