import { join, resolve } from 'node:path';
import { Stack } from './stack.ts';
import type { StackFile } from './stack-file.ts';

const ROOT = join(import.meta.dirname, '../..');
const startedAt = process.hrtime.bigint() - BigInt(Math.round(process.uptime() * 1e9));

const stateDir = resolve(ROOT, process.env.STATE_DIR ?? '.local');
const edgePort = Number(process.env.EDGE_PORT ?? 8080);
if (!Number.isInteger(edgePort) || edgePort < 1 || edgePort > 65_535) fail('EDGE_PORT must be a port, 1 to 65535.');

const stack = new Stack({ stateDir, edgePort, say: (line) => console.log(`  ${line}`), onGivenUp: fail });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    void stack.stop().then(() => process.exit(0));
  });
}

try {
  const file = await stack.start();
  console.log(`\n${table(file)}\n`);
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  console.log(`ready  ${file.edgeUrl}  (${seconds.toFixed(1)} s)`);
} catch (error) {
  const wasAskedTo = stack.isStopping;
  await stack.stop();
  if (!wasAskedTo) fail((error as Error).message);
}

function table({ edgeUrl, auth, healthProfile, nats }: StackFile): string {
  const rows = [
    ['auth', `${edgeUrl}/api/v1/auth`],
    ['auth, documentation', `${edgeUrl}/api/v1/auth/docs`],
    ['health-profile', `${edgeUrl}/api/v1/health-profiles`],
    ['health-profile, documentation', `${edgeUrl}/api/v1/health-profiles/docs`],
    ['auth, metrics', `${auth.managementUrl}/metrics`],
    ['health-profile, metrics', `${healthProfile.managementUrl}/metrics`],
    ['NATS, monitor', nats.monitorUrl],
    ['addresses, passwords, pids', join(stateDir, 'stack.json')],
    ['logs', join(stateDir, 'logs')],
  ];
  const width = Math.max(...rows.map(([label]) => label?.length ?? 0));
  return rows.map(([label, value]) => `  ${label?.padEnd(width)}  ${value}`).join('\n');
}

function fail(reason: string): never {
  console.error(reason);
  process.exit(1);
}
