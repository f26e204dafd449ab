import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { linkBinaries } from '../../infra/local/binaries.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The start command of the local stack as a process; through npm when `throughNpm`. */
export function startStack({ stateDir, edgePort, throughNpm = false }: { stateDir: string; edgePort: number; throughNpm?: boolean }) {
  linkBinaries(stateDir);
  const command = throughNpm ? 'npm' : process.execPath;
  const args = throughNpm ? ['start'] : ['--conditions=source', 'infra/local/start.ts'];
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', STATE_DIR: stateDir, EDGE_PORT: String(edgePort) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exit = once(child, 'exit').then(([code]) => code as number);
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        if (/^ready {2}/m.test(output)) resolve();
      });
    }
    void exit.then((code) => reject(new Error(`the stack ended with ${code}:\n${output}`)));
  });
  ready.catch(() => {});
  return { child, exit, ready, output: () => output };
}
