import { createServer } from 'node:http';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isStillThat, type ProcessRecord } from '../../infra/local/processes.ts';
import { freePorts } from '../../infra/local/ports.ts';
import type { StackFile } from '../../infra/local/stack-file.ts';
import { call, eventually } from '../harness/http.ts';
import { startStack } from '../harness/local-stack.ts';
import { newPerson, settings } from '../harness/people.ts';
import { temporaryFolder } from '../../infra/local/temporary-folder.ts';

const folder = temporaryFolder('lifecycle');
const stateDir = join(folder, 'state');
const stackPath = join(stateDir, 'stack.json');
let edgePort: number;
let current: ReturnType<typeof startStack> | undefined;

beforeAll(async () => {
  [edgePort] = (await freePorts(1)) as [number];
});
afterEach(async () => {
  current?.child.kill('SIGTERM');
  await current?.exit;
  current = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(options: { throughNpm?: boolean } = {}) {
  current = startStack({ stateDir, edgePort, ...options });
  await current.ready;
  return current;
}
const stackFile = () => JSON.parse(readFileSync(stackPath, 'utf8')) as StackFile;
const processes = () => JSON.parse(readFileSync(join(stateDir, 'processes.json'), 'utf8')) as ProcessRecord[];
const alive = () =>
  processes()
    .filter(isStillThat)
    .map(({ name }) => name);
const PARTS = ['auth', 'health-profile', 'nats', 'postgres', 'traefik'];

describe('the local stack', () => {
  it('ends with its line, says where everything is to its user only, and stops on SIGINT sent twice', async () => {
    const { child, exit, output } = await start({ throughNpm: true });

    expect(output().trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^ready {2}http://127.0.0.1:${edgePort}  \\([\\d.]+ s\\)$`));
    expect(statSync(stackPath).mode & 0o777).toBe(0o600);
    const { auth, healthProfile, nats, postgres, traefik, edgeUrl } = stackFile();
    expect(edgeUrl).toBe(`http://127.0.0.1:${edgePort}`);
    expect([auth, healthProfile, nats, postgres, traefik].every(({ pid }) => pid > 1)).toBe(true);
    expect((await call(`${auth.managementUrl}/health/ready`)).body).toMatchObject({ status: 'ok' });
    expect((await call(`${nats.monitorUrl}/healthz`)).status).toBe(200);
    expect(alive().sort()).toEqual(PARTS);

    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await exit).toBe(0);
    expect(alive()).toEqual([]);
    expect(existsSync(stackPath)).toBe(false);
  });

  it('finds its data again', async () => {
    await start();
    const person = await newPerson(stackFile().edgeUrl);
    await call(`${stackFile().edgeUrl}/api/v1/health-profiles/me`, {
      method: 'PUT',
      token: person.token,
      body: { settings },
      headers: { 'if-none-match': '*' },
    });
    current?.child.kill('SIGTERM');
    expect(await current?.exit).toBe(0);

    await start();
    expect((await call(`${stackFile().edgeUrl}/api/v1/health-profiles/me`, { token: person.token })).body).toMatchObject({
      version: 1,
      settings,
    });
  });

  it.each(['auth', 'healthProfile', 'nats', 'postgres', 'traefik'] as const)(
    'restarts %s when it is killed, on its port, and loses nothing accepted',
    async (part) => {
      await start();
      const before = stackFile();
      const person = await newPerson(before.edgeUrl);
      process.kill(before[part].pid, 'SIGKILL');

      await eventually(async () => expect(stackFile()[part].pid).not.toBe(before[part].pid), 30_000);
      const after = stackFile();
      expect({ ...after, [part]: { ...after[part], pid: 0 } }).toEqual({ ...before, [part]: { ...before[part], pid: 0 } });
      await eventually(
        async () =>
          expect((await call(`${after.edgeUrl}/api/v1/auth/me`, { token: person.token })).body).toMatchObject({ email: person.email }),
        30_000,
      );
      await eventually(
        async () =>
          expect((await call(`${after.edgeUrl}/api/v1/health-profiles/me`, { token: person.token })).body).toMatchObject({
            userId: person.id,
          }),
        30_000,
      );
    },
  );

  it('registers people while NATS hangs, and they are known to health-profile when it is back', async () => {
    await start();
    const { edgeUrl, nats } = stackFile();
    process.kill(nats.pid, 'SIGSTOP');
    const person = await newPerson(edgeUrl);
    const profile = () => call(`${edgeUrl}/api/v1/health-profiles/me`, { token: person.token });
    expect((await profile()).body).toMatchObject({ code: 'not-found', retryable: true });

    process.kill(nats.pid, 'SIGCONT');
    await eventually(async () => expect((await profile()).body).toMatchObject({ userId: person.id, version: 0 }), 30_000);
  });

  it('after SIGKILL of itself, starts again, ends what was left and nothing else', async () => {
    const { child, exit } = await start();
    const left = processes();
    child.kill('SIGKILL');
    await exit;
    expect(
      left
        .filter(isStillThat)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(PARTS);

    const { output } = await start();
    expect(left.filter(isStillThat)).toEqual([]);
    expect(output()).toContain('left by a run that was killed');
  });

  it('is refused a second time on the same folder', async () => {
    await start();
    const second = startStack({ stateDir, edgePort: ((await freePorts(1)) as [number])[0] });

    expect(await second.exit).not.toBe(0);
    expect(second.output()).toContain('A stack is running in');
    expect(existsSync(stackPath)).toBe(true);
    expect(alive().sort()).toEqual(PARTS);
  });

  it('names the port that is taken', async () => {
    const other = createServer().listen(edgePort, '127.0.0.1');
    const refused = startStack({ stateDir, edgePort });

    expect(await refused.exit).not.toBe(0);
    expect(refused.output()).toContain(`EDGE_PORT ${edgePort} is taken`);
    await new Promise((resolve) => other.close(resolve));
  });

  it('gives up after five deaths of one part within a minute, exit 1, nothing left', async () => {
    const { exit, output } = await start();
    const tormentor = setInterval(() => {
      const traefik = processes().find(({ name }) => name === 'traefik');
      if (traefik && isStillThat(traefik)) process.kill(traefik.pid, 'SIGKILL');
    }, 100);

    expect(await exit).toBe(1);
    clearInterval(tormentor);
    expect(output()).toContain('traefik died 5 times in a minute');
    expect(alive()).toEqual([]);
  });
});
