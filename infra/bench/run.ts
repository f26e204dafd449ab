import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchStack, startBenchStack } from './bench-stack.ts';
import { type Result, table } from './result.ts';
import { footprint } from './workloads/footprint.ts';
import { login } from './workloads/login.ts';
import { profileGet } from './workloads/profile-get.ts';

type Effort = { rounds: number; seconds: number };
const workloads: Record<string, (stack: BenchStack, effort: Effort) => Promise<Result | Result[]>> = {
  'profile-get': profileGet,
  login,
  footprint,
};

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' }, json: { type: 'string' } } });
if (options.only !== undefined && !(options.only in workloads)) {
  console.error(`--only takes one of: ${Object.keys(workloads).join(', ')}`);
  process.exit(2);
}
const effort: Effort = options.quick ? { rounds: 3, seconds: 3 } : { rounds: 7, seconds: 5 };

console.log('  building the services');
execFileSync('npm', ['run', '--silent', 'build'], { cwd: join(import.meta.dirname, '../..'), stdio: 'inherit' });
const stack = await startBenchStack((line) => console.log(`  ${line}`));
const results: Result[] = [];
try {
  for (const [name, measure] of Object.entries(workloads)) {
    if (options.only !== undefined && options.only !== name) continue;
    console.log(`  measuring ${name}`);
    results.push(...[await measure(stack, effort)].flat());
  }
} finally {
  await stack.stop();
}

console.log(`\n${table(results)}\n`);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
process.exit(results.every(({ holds, ratio }) => holds || ratio === null) ? 0 : 1); // absolute figures gate nothing
