import { connect } from 'node:net';
import { describe, expect, inject, it } from 'vitest';
import { call } from '../harness/http.ts';

const edge = new URL(inject('edgeUrl'));

/** Sent as it is: every client library tidies paths up first. */
function raw(target: string, headers: string[] = [`Host: ${edge.host}`]): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(edge.port), edge.hostname);
    let text = '';
    socket.on('data', (chunk) => (text += chunk)).on('error', reject);
    socket.on('close', () => resolve({ status: Number(text.split(' ')[1]), text }));
    socket.write([`GET ${target} HTTP/1.1`, ...headers, 'Connection: close', '', ''].join('\r\n'));
  });
}

describe('the edge', () => {
  it.each(['/api/v1/auth/me', '/api/v1/health-profiles/me'])('routes %s to its service', async (path) => {
    expect((await call(new URL(path, edge).href)).body).toMatchObject({ code: 'unauthenticated', instance: path });
  });

  it.each([
    '/',
    '/health',
    '/health/live',
    '/health/ready',
    '/metrics',
    '/internal/x',
    '/api/v1/authx',
    '/api/v1/auth-internal',
    '/api/v1/health-profiles.bak',
    '/API/V1/AUTH/me',
    '/.well-known/openid-configuration',
    '/.well-known/jwks.json/x',
    '/api/v1/auth/../../../metrics',
    '/api/v1/auth/%2e%2e/%2e%2e/%2e%2e/health/ready',
    '/api/v1/auth/../../../health',
    '//health',
    '/./metrics',
  ])('does not route %s', async (target) => {
    const { status, text } = await raw(target);

    expect(status).toBe(404);
    expect(text).not.toMatch(/x-request-id/i); // no service saw it
  });

  it.each([
    '/api/v1/auth/..%2f..%2fmetrics',
    '/api/v1/auth/%00',
    '/api/v1/health-profiles/x%5cy',
    '/api/v1/auth/%252e',
    '/api/v1/auth/me%3fx',
    '/api/v1/auth/me%23',
    '/api/v1/auth/me%3bx',
  ])('denies the encoded character in %s', async (target) => {
    expect((await raw(target)).status).toBe(400);
  });

  it('denies headers that look like others', async () => {
    expect((await raw('/api/v1/auth/me', [`Host: ${edge.host}`, 'X_Forwarded_For: 1.2.3.4'])).status).toBe(400);
  });

  it('names no server', async () => {
    const { headers } = await call(`${edge.href}api/v1/auth/me`);

    expect([headers.has('server'), headers.has('x-powered-by')]).toEqual([false, false]);
  });
});
