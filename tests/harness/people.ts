import { randomUUID } from 'node:crypto';
import { call } from './http.ts';

export const PASSWORD = 'correct horse battery staple';
export const newEmail = () => `ana.${randomUUID()}@example.org`;

/** A registered person with the tokens of a first login. */
export async function newPerson(authUrl: string) {
  const email = newEmail();
  const { body: user } = await call(`${authUrl}/api/v1/auth/register`, { body: { email, password: PASSWORD } });
  const { body: tokens } = await call(`${authUrl}/api/v1/auth/login`, { body: { email, password: PASSWORD } });
  return {
    id: user.id as string,
    email,
    token: tokens.accessToken as string,
    refreshToken: tokens.refreshToken as string,
    sessionId: tokens.sessionId as string,
  };
}

/** Ordinary settings of an adult. */
export const settings = {
  timeZone: 'Europe/Madrid',
  insulinSensitivity: { unit: 'mg/dL/U', segments: [{ start: '00:00', value: 45 }] },
  carbRatio: {
    unit: 'g/U',
    segments: [
      { start: '00:00', value: 10 },
      { start: '07:30', value: 8.5 },
    ],
  },
};
