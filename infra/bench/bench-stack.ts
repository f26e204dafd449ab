import { rmSync } from 'node:fs';
import { freePorts } from '../local/ports.ts';
import { linkBinaries } from '../local/binaries.ts';
import { Stack } from '../local/stack.ts';
import type { StackFile } from '../local/stack-file.ts';
import { temporaryFolder } from '../local/temporary-folder.ts';

export type BenchStack = { file: StackFile; people: { token: string; email: string }[]; kek: string; stop: () => Promise<void> };

export const PASSWORD = 'correct horse battery staple';
const PEOPLE = 20;

/** A platform of its own: the built services as they run in an image, API documentation off, and some people with settings. */
export async function startBenchStack(say: (line: string) => void): Promise<BenchStack> {
  const stateDir = temporaryFolder('bench');
  linkBinaries(stateDir);
  const [edgePort] = (await freePorts(1)) as [number];
  const stack = new Stack({
    stateDir,
    edgePort,
    say,
    onGivenUp: (reason) => {
      throw new Error(reason);
    },
    serviceEntry: 'dist/main.js',
    serviceEnvironment: { API_DOCS: 'off', NODE_ENV: 'production' },
  });
  const file = await stack.start().catch(async (error: unknown) => {
    await stack.stop();
    throw error;
  });
  const people = [];
  for (let index = 0; index < PEOPLE; index++) people.push(await newPerson(file, `bench.${index}@example.org`));
  const stop = async () => {
    await stack.stop();
    rmSync(stateDir, { recursive: true, force: true });
  };
  return { file, people, kek: stack.healthProfileKek(), stop };
}

async function newPerson({ auth, healthProfile }: StackFile, email: string) {
  const post = async (path: string, body: object) =>
    (
      await fetch(`${auth.url}/api/v1/auth/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).json();
  await post('register', { email, password: PASSWORD });
  const { accessToken: token } = (await post('login', { email, password: PASSWORD })) as { accessToken: string };
  const schedule = (first: number) =>
    Array.from({ length: 8 }, (_, index) => ({ start: `${String(index * 3).padStart(2, '0')}:00`, value: first + index / 10 }));
  const settings = {
    timeZone: 'Europe/Madrid',
    insulinSensitivity: { unit: 'mg/dL/U', segments: schedule(45) },
    carbRatio: { unit: 'g/U', segments: schedule(10) },
    basalRate: { unit: 'U/h', segments: schedule(0.8) },
  };
  const written = await fetch(`${healthProfile.url}/api/v1/health-profiles/me`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'if-none-match': '*', authorization: `Bearer ${token}` },
    body: JSON.stringify({ settings }),
  });
  if (!written.ok) throw new Error(`the settings of ${email} were answered with ${written.status}`);
  return { email, token };
}
