// Installs the pinned dependencies, Node 24 among them, when a manifest changed since the last time.
// Runs on whatever Node the machine has (20 or newer), before anything is installed: no imports from npm here.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lacks } from './prerequisites.mjs';

const root = join(import.meta.dirname, '..');
const packageFolders = ['shared', 'infra/setup', ...readdirSync(join(root, 'services')).map((name) => `services/${name}`)];
const manifests = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...packageFolders.map((folder) => `${folder}/package.json`)];
const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
for (const manifest of manifests) if (existsSync(join(root, manifest))) hash.update(readFileSync(join(root, manifest)));

const fingerprint = hash.digest('hex');
const stamp = join(root, 'node_modules/.setup-stamp');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== fingerprint) install();

function install() {
  const missing = lacks(root);
  if (missing.length > 0) fail(missing.join('\n'));
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const localPnpm = join(root, 'node_modules/.bin/pnpm');
  const command = existsSync(localPnpm) ? [localPnpm] : ['npx', '--yes', '--loglevel=error', packageManager];
  console.log('Installing the pinned dependencies (once; about 20 s) …');
  const { status, error } = spawnSync(command[0], [...command.slice(1), 'install', '--frozen-lockfile', '--reporter=append-only'], {
    cwd: root,
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (error || status !== 0) fail(`The installation failed${error ? `: ${error.message}` : ''}. Is the npm registry reachable?`);
  writeFileSync(stamp, fingerprint);
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
