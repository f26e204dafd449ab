import { describe, expect, inject, it } from 'vitest';
import { call, eventually } from '../harness/http.ts';
import { newEmail, newPerson, PASSWORD, settings } from '../harness/people.ts';

const edge = inject('edgeUrl');
const profile = `${edge}/api/v1/health-profiles/me`;

describe('a person', () => {
  it('registers, logs in, writes therapy settings and reads them back, through the edge', async () => {
    const email = newEmail();
    const registered = await call(`${edge}/api/v1/auth/register`, { body: { email, password: PASSWORD } });
    const { body: tokens } = await call(`${edge}/api/v1/auth/login`, { body: { email, password: PASSWORD } });
    const token = tokens.accessToken;
    const written = await call(profile, { method: 'PUT', token, body: { settings }, headers: { 'if-none-match': '*' } });
    const read = await call(profile, { token });

    expect([registered.status, written.status, read.status]).toEqual([201, 200, 200]);
    expect(read.body).toEqual(written.body);
    expect(read.body).toMatchObject({ userId: registered.body.id, version: 1, settings });
  });

  it('is known to health-profile moments after registering, without writing', async () => {
    const { token, id } = await newPerson(edge);

    await eventually(async () => expect((await call(profile, { token })).body).toMatchObject({ userId: id, version: 0 }));
  });

  it("cannot read another person's settings", async () => {
    const [ana, eva] = [await newPerson(edge), await newPerson(edge)];
    await call(profile, { method: 'PUT', token: ana.token, body: { settings }, headers: { 'if-none-match': '*' } });

    expect((await call(`${edge}/api/v1/health-profiles/${ana.id}`, { token: eva.token })).status).toBe(404);
  });

  it('has no way in after logging out, at auth', async () => {
    const { token } = await newPerson(edge);
    await call(`${edge}/api/v1/auth/logout`, { method: 'POST', token });

    expect((await call(`${edge}/api/v1/auth/me`, { token })).status).toBe(401);
  });
});
