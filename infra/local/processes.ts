import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Enough of a process to know it again: a pid alone may meanwhile be somebody else's. */
export type ProcessRecord = { name: string; pid: number; startTicks: string; commandLine: string };

export function recordProcess(name: string, pid: number): ProcessRecord {
  return { name, pid, startTicks: startTicksOf(pid) ?? '', commandLine: commandLineOf(pid) ?? '' };
}

export function isStillThat({ pid, startTicks, commandLine }: ProcessRecord): boolean {
  return startTicks !== '' && startTicksOf(pid) === startTicks && commandLineOf(pid) === commandLine;
}

/** Ends what an earlier run left behind, and only that. */
export async function endLeftOver(record: ProcessRecord): Promise<boolean> {
  if (!isStillThat(record)) return false;
  // PostgreSQL takes SIGINT as its fast shutdown; to everything else it is as good as SIGTERM.
  signalGroup(record.pid, 'SIGINT');
  for (let waited = 0; waited < 10_000 && isStillThat(record); waited += 100) await sleep(100);
  if (isStillThat(record)) signalGroup(record.pid, 'SIGKILL');
  while (isStillThat(record)) await sleep(50);
  return true;
}

/** Every part leads a process group of its own. */
export function signalGroup(pid: number, signal: NodeJS.Signals) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Field 22 of /proc/pid/stat: when it started, in clock ticks since boot. The name before it may hold spaces. */
function startTicksOf(pid: number): string | undefined {
  const [state, ...fields] = readProc(pid, 'stat')?.split(') ').at(-1)?.split(' ') ?? [];
  return state === 'Z' ? undefined : fields[18];
}

const commandLineOf = (pid: number) => readProc(pid, 'cmdline')?.replaceAll('\0', ' ').trim();

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
