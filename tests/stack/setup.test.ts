import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('tells everything the machine lacks, with its remedy, before it fetches anything', () => {
  const folder = mkdtempSync(join(tmpdir(), 'setup-'));
  for (const part of ['scripts', 'package.json']) cpSync(join(import.meta.dirname, '../..', part), join(folder, part), { recursive: true });
  mkdirSync(join(folder, 'services'));
  mkdirSync(join(folder, 'bin'));
  symlinkSync(process.execPath, join(folder, 'bin/node'));

  const { status, stderr, stdout } = spawnSync(join(folder, 'bin/node'), ['scripts/setup.mjs'], {
    cwd: folder,
    env: { PATH: join(folder, 'bin') },
    encoding: 'utf8',
  });

  expect(status).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([
    'npm does not answer: install it with Node.',
    'Python 3 with pip does not answer: apt install python3-pip.',
  ]);
  expect(stdout).not.toContain('Installing');
  rmSync(folder, { recursive: true });
});
