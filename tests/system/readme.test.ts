import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';

const read = (name: string) => readFileSync(join(import.meta.dirname, '../..', name), 'utf8');
const shellBlocks = (page: string) => [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block as string);
const fourRequests = (page: string) => shellBlocks(page).find((block) => block.startsWith('EDGE=')) as string;

describe('README', () => {
  it('the four requests work as they stand there', () => {
    const script = fourRequests(read('README.md')).replace(/^EDGE=.*$/m, `EDGE=${inject('edgeUrl')}`);
    const [registered, written, readBack] = execFileSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8' })
      .trim()
      .split('\n');

    expect(JSON.parse(registered as string)).toMatchObject({ emailVerified: false, mfa: { totp: false } });
    expect(JSON.parse(readBack as string)).toEqual(JSON.parse(written as string));
    expect(JSON.parse(readBack as string)).toMatchObject({ version: 1, settings: { timeZone: 'Europe/Madrid' } });
  });

  it('says the same commands in Spanish', () => {
    expect(shellBlocks(read('README.es.md'))).toEqual(shellBlocks(read('README.md')));
  });
});
