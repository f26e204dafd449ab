import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { call, eventually } from '../../../tests/harness/http.ts';
import { newEmail, PASSWORD } from '../../../tests/harness/people.ts';
import { type Environment, serviceEnvironment } from '../../../tests/harness/service-environment.ts';
import { freePorts } from '../../../infra/local/ports.ts';
import { openAuthDatabase } from './database.ts';
import { createLogger } from '@diabetics/shared/http/logger';
import { startRelay } from '../../../tests/harness/tcp-relay.ts';
import { startTestAuth } from './testing/test-auth.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const stops: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** The service as a process, the way it is really started. */
function startProcess(environment: Environment) {
  const child = spawn(process.execPath, ['--conditions=source', MAIN], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  stops.push(() => void child.kill('SIGKILL'));
  return { child, output: () => output, exit: once(child, 'exit').then(([code]) => code as number) };
}

describe('start', () => {
  it('tells every fault of the configuration at once, no value, exit 78', async () => {
    const environment = await serviceEnvironment('auth');
    const { KEKS: _, EMAIL_VERIFICATION: __, ...incomplete } = environment;
    const { output, exit } = startProcess({
      ...incomplete,
      PORT: '99999',
      PUBLIC_URL: 'http://x/path?secret',
      NATS_NKEY_SEED: 'SUhunter2',
    });

    expect(await exit).toBe(78);
    for (const name of [
      'KEKS is missing',
      'EMAIL_VERIFICATION is missing',
      'PORT is not valid',
      'PUBLIC_URL is not valid',
      'NATS_NKEY_SEED is not valid',
    ])
      expect(output()).toContain(name);
    expect(output()).not.toContain('hunter2');
  });

  it('refuses keys that the database was not used with, naming each, exit 78', async () => {
    const auth = await startTestAuth();
    await auth.stop();
    const [id] = (auth.environment.KEKS as string).split(':');
    const other = randomBytes(32).toString('base64url');
    const { output, exit } = startProcess({ ...auth.environment, KEKS: `${id}:${other}`, EMAIL_INDEX_KEY: other });

    expect(await exit).toBe(78);
    expect(output()).toContain(`KEKS: the key ${id} is not the one`);
    expect(output()).toContain('EMAIL_INDEX_KEY: the key only is not the one');
    expect(output()).not.toContain(other);
  });

  it('lets four replicas start at once on an empty database: one schema, one signing key', async () => {
    const environment = await serviceEnvironment('auth');
    const ports = await freePorts(8);
    const replicas = [0, 1, 2, 3].map((index) => ({ port: ports[index] as number, managementPort: ports[index + 4] as number }));
    for (const { port, managementPort } of replicas)
      startProcess({ ...environment, PORT: String(port), MANAGEMENT_PORT: String(managementPort) });

    const keySets = await Promise.all(
      replicas.map(({ port }) => eventually(async () => (await call(`http://127.0.0.1:${port}/.well-known/jwks.json`)).text, 20_000)),
    );
    expect(new Set(keySets).size).toBe(1);
  });

  it('waits for a database that is not there yet, alive and not ready, and stops when told', async () => {
    const environment = await serviceEnvironment('auth');
    const [nowhere] = (await freePorts(1)) as [number];
    const lost = (environment.DATABASE_OWNER_URL as string).replace(/:\d+\//, `:${nowhere}/`);
    const { child, exit } = startProcess({ ...environment, DATABASE_OWNER_URL: lost });
    const health = `http://127.0.0.1:${environment.MANAGEMENT_PORT}/health`;

    await eventually(async () => expect((await call(`${health}/live`)).status).toBe(200));
    expect((await call(`${health}/ready`)).body).toMatchObject({ status: 'unavailable', checks: { migrations: 'down' } });
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  it('drains: not ready at once, serves on, then ends with 0', async () => {
    const environment = await serviceEnvironment('auth');
    const { child, exit } = startProcess({ ...environment, DRAIN_SECONDS: '2' });
    const url = `http://127.0.0.1:${environment.PORT}`;
    await eventually(async () => expect((await call(`${url}/health`)).body).toEqual({ status: 'ok' }));

    child.kill('SIGTERM');
    await eventually(async () => expect((await call(`${url}/health`)).status).toBe(503));
    expect((await call(`${url}/.well-known/jwks.json`)).status).toBe(200);
    expect(await exit).toBe(0);
  });
});

describe('a running service', () => {
  it('registers while NATS is down, says so, and keeps the event', async () => {
    const [nowhere] = (await freePorts(1)) as [number];
    const auth = await startTestAuth({ NATS_URL: `nats://127.0.0.1:${nowhere}` });
    stops.push(auth.stop);

    const { status, body } = await call(`${auth.url}/api/v1/auth/register`, { body: { email: newEmail(), password: PASSWORD } });

    expect(status).toBe(201);
    expect((await call(`${auth.managementUrl}/health/ready`)).body).toMatchObject({
      status: 'degraded',
      checks: { database: 'ok', events: 'degraded' },
    });
    expect(await auth.orm.em.fork().execute('select type, sent_at from outbox where user_id = ?', [body.id])).toEqual([
      { type: 'auth.user.created.v1', sent_at: null },
    ]);
  });

  /** The service with its database behind a line that can be cut. */
  async function startOnALine() {
    const environment = await serviceEnvironment('auth');
    const line = await startRelay(Number(new URL(environment.DATABASE_URL as string).port));
    stops.push(line.close);
    const auth = await startTestAuth({
      ...environment,
      DATABASE_URL: (environment.DATABASE_URL as string).replace(/:\d+\//, `:${line.port}/`),
    });
    stops.push(auth.stop);
    const register = (email = newEmail()) => call(`${auth.url}/api/v1/auth/register`, { body: { email, password: PASSWORD } });
    return { line, auth, register };
  }

  it('answers 503 unavailable within two seconds when the database is gone, and recovers by itself', async () => {
    const { line, auth, register } = await startOnALine();
    expect((await register()).status).toBe(201);

    line.cut();
    const startedAt = Date.now();
    const { status, body, headers } = await register();
    expect([status, body.code]).toEqual([503, 'unavailable']);
    expect(headers.get('retry-after')).toBe('1');
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    await eventually(async () => expect((await call(`${auth.url}/health`)).status).toBe(503));

    line.mend();
    await eventually(async () => expect((await register()).status).toBe(201));
  });

  it('answers 201 when the answer to COMMIT was lost and the person is there', async () => {
    const { line, register } = await startOnALine();
    const email = newEmail();
    line.atNextCommit('lose the answer');

    expect((await register(email)).status).toBe(201);
    expect((await register(email)).body.code).toBe('email-taken');
  });

  it('answers 503 unavailable when the COMMIT itself was lost, and nothing is there', async () => {
    const { line, register } = await startOnALine();
    const email = newEmail();
    line.atNextCommit('lose it');

    expect((await register(email)).body.code).toBe('unavailable');
    expect((await register(email)).status).toBe(201);
  });

  it('shows its metrics by route, never by path', async () => {
    const auth = await startTestAuth();
    stops.push(auth.stop);
    await call(`${auth.url}/api/v1/auth/somebody@example.org`);
    await call(`${auth.url}/api/v1/auth/me`);

    const { text } = await call(`${auth.managementUrl}/metrics`);
    expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/api/v1/auth/me",status="401"} 1');
    expect(text).not.toContain('somebody');
  });
});

describe('the schema', () => {
  it('is after all migrations what the entities say', async () => {
    const auth = await startTestAuth();
    stops.push(auth.stop);
    const owner = await openAuthDatabase(auth.environment.DATABASE_OWNER_URL as string, 2, createLogger('test', 'silent'));
    stops.push(() => owner.close());

    expect(await owner.schema.getUpdateSchemaSQL({ dropTables: false })).toBe('');
  });

  it('can be written by the application role, not changed', async () => {
    const auth = await startTestAuth();
    stops.push(auth.stop);

    await expect(auth.orm.em.fork().execute('alter table users add column x int')).rejects.toThrow('must be owner');
    await expect(auth.orm.em.fork().execute('create table x (y int)')).rejects.toThrow('permission denied');
  });
});
