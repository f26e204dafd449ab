import { DriverException } from '@mikro-orm/core';
import { describe, expect, it } from 'vitest';
import { describeError } from './logger.ts';

describe('describeError', () => {
  it('keeps of a database error its kind only: its text holds values', () => {
    const fromServer = Object.assign(new Error('duplicate key: Failing row contains (canary)'), {
      severity: 'ERROR',
      code: '23505',
      constraint: 'one_address',
    });
    const error = new DriverException(Object.assign(new Error('insert into t values (canary)', { cause: fromServer }), { code: '23505' }));

    const logged = JSON.stringify(describeError(error));

    expect(logged).not.toContain('canary');
    expect(logged).toContain('23505');
  });

  it('keeps the message of our own errors, and causes', () => {
    expect(describeError(new Error('outer', { cause: new TypeError('inner') }))).toMatchObject({
      type: 'Error',
      message: 'outer',
      cause: { type: 'TypeError', message: 'inner' },
    });
  });
});
