// Everything that can be judged without running the platform: types, rules, form, walls, dead code, documents.
import { spawnSync } from 'node:child_process';

const checks = [
  ['types', 'tsc', ['--noEmit', '-p', 'tsconfig.json']],
  ['rules', 'oxlint', ['--type-aware', '--quiet']],
  ['form', 'biome', ['format', '.']],
  [
    'walls',
    'depcruise',
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'err-long', 'services', 'shared', 'infra', 'scripts', 'tests'],
  ],
  ['dead code', 'knip', []],
  ['documents', 'node', ['--conditions=source', 'scripts/generate-docs.ts', '--check']],
];
/** With the wrong compiler beside it, dependency-cruiser sees no module and finds no fault. */
const MODULES_AT_LEAST = 100;

const failed = [];
for (const [name, command, args] of checks) {
  const startedAt = Date.now();
  const { status, stdout, stderr } = spawnSync(`node_modules/.bin/${command}`, args, { encoding: 'utf8' });
  const blind = name === 'walls' && !(Number(/(\d+) modules/.exec(stdout)?.[1] ?? 0) >= MODULES_AT_LEAST);
  const passed = status === 0 && !blind;
  console.log(`  ${passed ? 'ok    ' : 'FAILED'}  ${name.padEnd(10)}  ${((Date.now() - startedAt) / 1_000).toFixed(1)} s`);
  if (passed) continue;
  failed.push(name);
  console.log(`${stdout}${stderr}`.trim() || `${command} said nothing`);
  if (blind) console.log(`dependency-cruiser saw fewer than ${MODULES_AT_LEAST} modules`);
}
process.exit(failed.length === 0 ? 0 : 1);
