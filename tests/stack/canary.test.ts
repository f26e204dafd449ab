import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { withClient } from '../../infra/local/postgres.ts';
import type { StackFile } from '../../infra/local/stack-file.ts';
import { call, eventually } from '../harness/http.ts';

const stack = inject('stackFile') as StackFile;
const canary = 'kanarienvogel';
const email = `${canary}.${Date.now()}@example.org`;
const password = `${canary} in a long passphrase`;
/** Numbers that stand nowhere else. */
const doses = ['43.217', '9.8317'];
const profile = `${stack.edgeUrl}/api/v1/health-profiles/me`;

it('after all kinds of traffic, nothing of a person is in a table, a stream or a log', async () => {
  const secrets = await traffic();
  await eventually(async () => expect((await everyRow(stack.auth.databaseUrl)).join()).toMatch(/auth.session.revoked.v1.*sent/s));

  const places: Record<string, string> = {
    'auth database': (await everyRow(stack.auth.databaseUrl)).join('\n'),
    'health-profile database': (await everyRow(stack.healthProfile.databaseUrl)).join('\n'),
    'stream files': filesBelow(stack.nats.storeDir),
    logs: filesBelow(inject('logFolder') as string),
    'PostgreSQL files': `${filesBelow(join(stack.postgres.dataDir, 'base'))}${filesBelow(join(stack.postgres.dataDir, 'pg_wal'))}`,
  };
  expect(places.logs).toContain('"route":"/api/v1/auth/login"'); // the places are the right ones
  expect(places['health-profile database']).toContain('settings_versions');
  for (const [place, content] of Object.entries(places)) {
    for (const secret of [canary, ...secrets, ...doses]) expect(content.includes(secret), `${secret} in ${place}`).toBe(false);
  }
});

async function traffic(): Promise<string[]> {
  const auth = `${stack.edgeUrl}/api/v1/auth`;
  await call(`${auth}/register`, { body: { email, password } });
  await call(`${auth}/register`, { body: { email, password } }); // taken
  await call(`${auth}/register`, { body: { email: canary, password } }); // no address
  await call(`${auth}/login`, { body: { email, password: `${canary} is wrong` } });
  await call(`${auth}/${email}?password=${encodeURIComponent(password)}`);
  const { body: tokens } = await call(`${auth}/login`, {
    body: { email, password, deviceName: canary },
    headers: { 'user-agent': canary },
  });
  const token = tokens.accessToken;
  const settings = (timeZone: string) => ({
    timeZone,
    insulinSensitivity: { unit: 'mg/dL/U', segments: [{ start: '00:00', value: Number(doses[0]) }] },
    carbRatio: { unit: 'g/U', segments: [{ start: '00:00', value: Number(doses[1]) }] },
  });
  const headers = { 'if-none-match': '*' };
  await call(profile, { method: 'PUT', token, headers, body: { settings: settings(canary), note: canary } }); // refused
  await call(profile, { method: 'PUT', token, headers, body: `{"settings":{"${canary}":${doses[0]},` }); // broken
  const written = await call(profile, { method: 'PUT', token, headers, body: { settings: settings('Europe/Madrid'), note: canary } });
  const read = await call(profile, { token });
  expect([written.status, read.status]).toEqual([200, 200]);
  await call(profile, { token: `${token.slice(0, -3)}AAA` });
  const { body: next } = await call(`${auth}/refresh`, { body: { refreshToken: tokens.refreshToken } });
  await call(`${auth}/logout`, { method: 'POST', token });
  return [token.split('.')[2], tokens.refreshToken, next.refreshToken, next.accessToken.split('.')[2]];
}

/** Every row of every table as text, as PostgreSQL writes it. */
function everyRow(databaseUrl: string): Promise<string[]> {
  return withClient(
    databaseUrl.replace(/\/\/.*@[^/]+/, stack.postgres.superuserUrl.match(/\/\/.*@[^/]+/)?.[0] as string),
    async (client) => {
      const { rows: tables } = await client.query<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'public'`,
      );
      const rows: string[] = [];
      for (const { name } of tables) {
        rows.push(
          name,
          ...(
            await client.query<{ row: string }>(
              `select t::text || case when to_jsonb(t) ? 'sent_at' and to_jsonb(t)->>'sent_at' is not null then ' sent' else '' end as row from ${name} t`,
            )
          ).rows.map(({ row }) => row),
        );
      }
      return rows;
    },
  );
}

const pathsBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
const filesBelow = (folder: string) =>
  pathsBelow(folder)
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
