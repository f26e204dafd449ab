import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../local/ports.ts';
import type { BenchStack } from '../bench-stack.ts';
import { residentMegabytes } from '../load.ts';
import { median, type Result } from '../result.ts';

const IDLE_SECONDS = 5;
const TARGETS = { startSeconds: 1.0, idleMegabytes: 150 };

/** How long a further replica of each service takes until it is healthy, and what it holds while it idles. */
export async function footprint({ file }: BenchStack, { rounds }: { rounds: number }): Promise<Result[]> {
  const results: Result[] = [];
  for (const [name, { pid }] of [
    ['auth', file.auth],
    ['health-profile', file.healthProfile],
  ] as const) {
    const starts: number[] = [];
    const sizes: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const { seconds, megabytes } = await startReplica(pid);
      starts.push(seconds);
      sizes.push(megabytes);
    }
    const common = { floor: null, ratio: null, rounds, note: 'absolute; compile cache warm, as in the image' };
    const [start, size] = [median(starts), median(sizes)];
    results.push({
      workload: `start to healthy, ${name}`,
      unit: 's',
      ours: start,
      target: TARGETS.startSeconds,
      holds: start <= TARGETS.startSeconds,
      ...common,
    });
    results.push({
      workload: `idle memory, ${name}`,
      unit: 'MB',
      ours: size,
      target: TARGETS.idleMegabytes,
      holds: size <= TARGETS.idleMegabytes,
      ...common,
    });
  }
  return results;
}

/** Another process with the command and environment of a running one, on ports of its own. */
async function startReplica(pid: number) {
  const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0').filter(Boolean);
  const [command = '', ...args] = read('cmdline');
  const environment = Object.fromEntries(read('environ').map((entry) => entry.split(/=(.*)/s).slice(0, 2))) as Record<string, string>;
  const [port, managementPort] = (await freePorts(2)) as [number, number];
  const startedAt = performance.now();
  const child = spawn(command, args, {
    env: { ...environment, PORT: String(port), MANAGEMENT_PORT: String(managementPort) },
    stdio: 'ignore',
  });
  while (!(await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.ok) await sleep(5);
  const seconds = (performance.now() - startedAt) / 1_000;
  await sleep(IDLE_SECONDS * 1_000);
  const megabytes = residentMegabytes(child.pid as number);
  child.kill('SIGTERM');
  await once(child, 'exit');
  return { seconds, megabytes };
}
