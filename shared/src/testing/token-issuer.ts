import { generateKeyPairSync, randomUUID, randomUUIDv7 } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSigner } from 'fast-jwt';
import { type AccessTokenClaims, AUDIENCE, CLIENT_ID, SIGNING_ALGORITHM, TOKEN_TYPE } from '../tokens/claims.ts';

export const ISSUER = 'http://127.0.0.1:8080';

/** Stands in for the auth service where only its tokens matter: makes them and serves the JWKS they verify by. */
export async function startTokenIssuer() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: SIGNING_ALGORITHM }] };
  let requests = 0;
  let down = false;
  const server = createServer((_request, response) => {
    requests++;
    if (down) return void response.writeHead(503).end();
    response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const sign = createSigner({ key: privatePem, algorithm: SIGNING_ALGORITHM, kid, header: { alg: SIGNING_ALGORITHM, typ: TOKEN_TYPE } });

  return {
    kid,
    jwks,
    privatePem,
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`,
    requestCount: () => requests,
    setDown: (isDown: boolean) => {
      down = isDown;
    },
    token: (claims: Partial<AccessTokenClaims> = {}) => sign({ ...goodClaims(), ...claims }),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Claims of a token that verifies now. */
export function goodClaims(): AccessTokenClaims {
  const now = Math.floor(Date.now() / 1_000);
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: randomUUIDv7(),
    client_id: CLIENT_ID,
    iat: now,
    exp: now + 1_800,
    jti: randomUUID(),
    sid: randomUUIDv7(),
    auth_time: now,
    amr: ['pwd'],
    scope: 'profile:read profile:write',
  };
}
