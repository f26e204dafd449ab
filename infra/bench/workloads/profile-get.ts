import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePorts } from '../../local/ports.ts';
import type { BenchStack } from '../bench-stack.ts';
import { cpuMicroseconds, type Load, requestsPerSecond } from '../load.ts';
import { compare, median, type Result } from '../result.ts';

const IN_FLIGHT = 32;
const POOL_SIZE = 4; // the service's default
const TARGET = 0.85;

/** A read of settings by people whose tokens have been seen before. */
export async function profileGet(
  { file, people, kek }: BenchStack,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Result> {
  const [port] = (await freePorts(1)) as [number];
  const floor = spawn(process.execPath, [join(import.meta.dirname, '../floor/profile-get.ts')], {
    env: {
      DATABASE_URL: file.healthProfile.databaseUrl,
      JWKS_URL: `${file.auth.url}/.well-known/jwks.json`,
      KEK: kek,
      ISSUER: file.edgeUrl,
      PORT: String(port),
      POOL_SIZE: String(POOL_SIZE),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(floor.stdout, 'data');

  let turn = 0;
  const load = (origin: string, duration: number): Load => ({
    origin,
    inFlight: IN_FLIGHT,
    seconds: duration,
    next: () => ({
      method: 'GET',
      path: '/api/v1/health-profiles/me',
      headers: { authorization: `Bearer ${people[turn++ % people.length]?.token}` },
    }),
  });
  const cpuPerRequest = { floor: [] as number[], ours: [] as number[] };
  const measure = async (origin: string, pid: number, cpu: number[]) => {
    const before = cpuMicroseconds(pid);
    const rate = await requestsPerSecond(load(origin, seconds));
    cpu.push((cpuMicroseconds(pid) - before) / (rate * seconds));
    return rate;
  };
  const measureFloor = () => measure(`http://127.0.0.1:${port}`, floor.pid as number, cpuPerRequest.floor);
  const measureOurs = () => measure(file.healthProfile.url, file.healthProfile.pid, cpuPerRequest.ours);
  try {
    for (const origin of [`http://127.0.0.1:${port}`, file.healthProfile.url]) await requestsPerSecond(load(origin, 2)); // warm
    const result = await compare('profile GET, warm token', 'req/s', TARGET, rounds, measureFloor, measureOurs);
    return {
      ...result,
      note: `CPU/request ${median(cpuPerRequest.floor).toFixed(0)} µs floor, ${median(cpuPerRequest.ours).toFixed(0)} µs ours`,
    };
  } finally {
    floor.kill();
  }
}
