import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './load-config.ts';

const Schema = Type.Object({
  PORT: Type.Integer({ minimum: 1, maximum: 65_535, default: 3000, description: 'a port' }),
  DATABASE_URL: Type.String({ pattern: '^postgres://', description: 'postgres://…' }),
  SECRET: Type.String({ minLength: 8, description: 'at least 8 characters' }),
});
const good = { DATABASE_URL: 'postgres://x', SECRET: 'long enough' };

function faultsOf(environment: Record<string, string>, ...rules: Parameters<typeof loadConfig<typeof Schema>>[2][]) {
  try {
    loadConfig(Schema, environment, ...rules);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('reads numbers, defaults and names in camel case', () => {
    expect(loadConfig(Schema, good)).toEqual({ port: 3000, databaseUrl: 'postgres://x', secret: 'long enough' });
    expect(loadConfig(Schema, { ...good, PORT: '81' }).port).toBe(81);
  });

  it('reads NAME_FILE without its trailing newline', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'secret');
    writeFileSync(file, 'from a file\n');

    expect(loadConfig(Schema, { DATABASE_URL: good.DATABASE_URL, SECRET_FILE: file }).secret).toBe('from a file');
  });

  it('lists every fault at once and repeats no value', () => {
    const faults = faultsOf({ PORT: '70000', DATABASE_URL: 'mysql://hunter2', SECRET_FILE: '/nowhere/hunter2' });

    expect(faults).toEqual(['SECRET_FILE cannot be read (ENOENT)', 'PORT is not valid: a port', 'DATABASE_URL is not valid: postgres://…']);
    expect(faults.join()).not.toContain('hunter2');
  });

  it('refuses NAME beside NAME_FILE, and names what is missing', () => {
    expect(faultsOf({ SECRET: 'long enough', SECRET_FILE: '/tmp/x' })).toEqual([
      'SECRET and SECRET_FILE are both set: keep one',
      'DATABASE_URL is missing: postgres://…',
    ]);
  });

  it('runs rules across variables', () => {
    expect(faultsOf(good, ({ port }) => (port === 3000 ? 'PORT must not be 3000 here' : undefined))).toEqual([
      'PORT must not be 3000 here',
    ]);
  });
});
