import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';

it('Traefik started without a warning', () => {
  expect(readFileSync(join(inject('logFolder') as string, 'traefik.log'), 'utf8')).toBe('');
});
