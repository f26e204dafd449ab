// All test suites on real parts; the last line is their sum. `npm test -- FILTER` runs the files whose path holds FILTER.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const projects = ['unit', 'service', 'system'];
const engine = spawnSync('docker', ['info'], { encoding: 'utf8', timeout: 20_000 });
if (engine.status === 0) projects.push('containers');
else console.log(`containers: skipped, no Docker engine answers (${(engine.error?.message ?? engine.stderr).trim().split('\n').at(-1)})`);

const folder = mkdtempSync(join(tmpdir(), 'results-'));
const filter = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
let status = 0;
for (const project of projects) {
  const results = join(folder, `${project}.json`);
  const args = [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}`,
    ...filter,
    ...(filter.length > 0 ? ['--passWithNoTests'] : []),
  ];
  const run = spawnSync('node_modules/.bin/vitest', args, {
    stdio: 'inherit',
    env: { ...process.env, TESTCONTAINERS_RYUK_DISABLED: 'true' },
  });
  status ||= run.status ?? 1;
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = read(results);
  sum.passed += numPassedTests;
  sum.failed += numFailedTests;
  sum.skipped += numPendingTests + numTodoTests;
}
rmSync(folder, { recursive: true, force: true });
if (status !== 0 && sum.failed === 0) sum.failed = 1; // a suite that could not even start
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exit(status);

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}
