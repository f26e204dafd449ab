import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BenchStack, PASSWORD } from '../bench-stack.ts';
import { requestsPerSecond } from '../load.ts';
import { compare, type Result } from '../result.ts';

const TARGET = 0.9;
/** Enough that a password always waits to be checked while others are at the database. */
const IN_FLIGHT_PER_CORE = 4;
const HASH_RATE = join(import.meta.dirname, '../floor/hash-rate.ts');

/** Logins against the bare rate of password checks of this machine. */
export function login({ file, people }: BenchStack, { rounds, seconds }: { rounds: number; seconds: number }): Promise<Result> {
  let turn = 0;
  const next = () => ({
    method: 'POST' as const,
    path: '/api/v1/auth/login',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: people[turn++ % people.length]?.email, password: PASSWORD }),
  });
  const measureFloor = async () => Number((await promisify(execFile)(process.execPath, [HASH_RATE, String(seconds)])).stdout);
  const measureOurs = () =>
    requestsPerSecond({ origin: file.auth.url, inFlight: IN_FLIGHT_PER_CORE * availableParallelism(), seconds, next });
  return compare('login', 'login/s', TARGET, rounds, measureFloor, measureOurs);
}
