import { readFileSync } from 'node:fs';
import { Pool } from 'undici';

type Request = { method: 'GET' | 'POST'; path: string; headers: Record<string, string>; body?: string };
export type Load = { origin: string; inFlight: number; seconds: number; next: () => Request };

/** Closed loop: as many requests at a time as `inFlight`, for so long. Any answer but 200 ends the measurement. */
export async function requestsPerSecond({ origin, inFlight, seconds, next }: Load): Promise<number> {
  const pool = new Pool(origin, { connections: inFlight, pipelining: 1 });
  const startedAt = performance.now();
  const deadline = startedAt + seconds * 1_000;
  let done = 0;
  const worker = async () => {
    while (performance.now() < deadline) {
      const { statusCode, body } = await pool.request(next());
      await body.dump({ limit: 1_000_000 });
      if (statusCode !== 200) throw new Error(`${origin} answered ${statusCode}`);
      done++;
    }
  };
  try {
    await Promise.all(Array.from({ length: inFlight }, worker));
  } finally {
    await pool.close();
  }
  return done / ((performance.now() - startedAt) / 1_000);
}

/** CPU time of a process so far, microseconds. */
export function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000; // ticks of 10 ms
}

/** Resident memory of a process, MB. */
export const residentMegabytes = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
