import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, inject, it } from 'vitest';
import { call } from '../harness/http.ts';

const edge = inject('edgeUrl');

describe.each([
  [
    'auth',
    [
      '/api/v1/auth/register',
      '/api/v1/auth/login',
      '/api/v1/auth/refresh',
      '/api/v1/auth/logout',
      '/api/v1/auth/me',
      '/.well-known/jwks.json',
      '/.well-known/oauth-authorization-server',
    ],
  ],
  ['health-profiles', ['/api/v1/health-profiles/{userId}', '/api/v1/health-profiles/limits']],
])('API documentation of %s', (name, paths) => {
  it('is valid OpenAPI 3.1 with every operation', async () => {
    const { body } = await call(`${edge}/api/v1/${name}/openapi.json`);

    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths).sort()).toEqual(paths.toSorted());
    expect(await new Validator().validate(body)).toMatchObject({ valid: true });
  });

  it('can be read as a page that loads nothing from elsewhere', async () => {
    const { status, headers, text } = await call(`${edge}/api/v1/${name}/docs/`);

    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).not.toMatch(/(src|href)="https?:/);
  });
});
