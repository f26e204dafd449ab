import '@fastify/jwt'; // its types of a request, also for whoever reads only our declarations
import fastifyJwt, { type TokenOrHeader } from '@fastify/jwt';
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import plugin from 'fastify-plugin';
import { LRUCache } from 'lru-cache';
import { Problem } from '../http/problem.ts';
import { INSUFFICIENT_SCOPE_CHALLENGE, INVALID_TOKEN_CHALLENGE } from '../http/problem-handler.ts';
import { commonProblems } from '../http/problems.ts';
import { type AccessTokenClaims, AUDIENCE, type Scope, SIGNING_ALGORITHM, TOKEN_TYPE } from './claims.ts';

/** Where a verifier's public keys come from. */
export type PublicKeys = {
  /**
   * @returns the key as PEM, the same string each time: the verifier and its cache hang on it
   * @throws when no key has that id; a {@link Problem} `unavailable` when that cannot be known now
   */
  publicPem(kid: string): Promise<string>;
};

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: AccessTokenClaims;
    user: AccessTokenClaims;
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** An `onRequest` hook: the request carries a good access token, of that scope if one is asked for. Sets `request.user`. */
    authenticated(scope?: Scope): onRequestAsyncHookHandler;
  }
}

const CLOCK_TOLERANCE_MS = 5_000;
const CACHED_TOKENS = 1_000;
const REQUIRED_CLAIMS = ['iss', 'aud', 'exp', 'iat', 'sub', 'jti', 'sid', 'client_id', 'auth_time', 'scope'];

/**
 * Verifies access tokens. Every way to fail is a 401 of one of two kinds; the plugin underneath alone answers 500 to several.
 * Algorithm, issuer, audience and type are pinned and the claims required: fast-jwt passes a token that lacks a claim it was told to compare.
 */
export const accessTokens = plugin(async (app: FastifyInstance, { keys, issuer }: { keys: PublicKeys; issuer: string }) => {
  await app.register(fastifyJwt, {
    // Asynchronous and throwing: a plain value hangs the request, an empty one would verify a forged HMAC.
    secret: { private: '', public: async (_request: FastifyRequest, token: TokenOrHeader) => keys.publicPem(kidOf(token)) },
    decode: { complete: true },
    verify: {
      algorithms: [SIGNING_ALGORITHM],
      allowedIss: issuer,
      allowedAud: AUDIENCE,
      checkTyp: TOKEN_TYPE,
      clockTolerance: CLOCK_TOLERANCE_MS,
      requiredClaims: REQUIRED_CLAIMS,
      extractToken: (request) => bearerToken(request) ?? undefined,
    },
    trusted: (_request, claims) => hasPlausibleTimes(claims as AccessTokenClaims),
  });

  app.addHook('onRequest', (request, _reply, done) => {
    const isOne = countOf('authorization', request.raw.rawHeaders) <= 1;
    done(
      isOne
        ? undefined
        : new Problem(commonProblems.invalidToken, { headers: INVALID_TOKEN_CHALLENGE, detail: 'One Authorization header, please.' }),
    );
  });

  // Verifying costs more than all else of a read. By the token's whole text: its signature has several spellings, a hash could collide.
  const verified = new LRUCache<string, VerifiedToken>({ max: CACHED_TOKENS });

  async function verify(request: FastifyRequest, token: string) {
    const known = verified.get(token);
    if (known && known.claims.exp * 1_000 > Date.now() && (await keys.publicPem(known.kid)) === known.pem) {
      request.user = known.claims;
      return;
    }
    const claims = await request.jwtVerify<AccessTokenClaims>();
    const kid = kidOf(app.jwt.decode<TokenOrHeader>(token) as TokenOrHeader);
    verified.set(token, { claims, kid, pem: await keys.publicPem(kid) });
  }

  app.decorate(
    'authenticated',
    (scope?: Scope): onRequestAsyncHookHandler =>
      async (request) => {
        const token = bearerToken(request);
        if (token === undefined) throw new Problem(commonProblems.unauthenticated);
        try {
          await verify(request, token);
        } catch (error) {
          if (error instanceof Problem) throw error;
          throw new Problem(commonProblems.invalidToken, { headers: INVALID_TOKEN_CHALLENGE, cause: error });
        }
        if (scope && !request.user.scope.split(' ').includes(scope)) {
          throw new Problem(commonProblems.forbidden, { detail: `This needs the scope ${scope}.`, headers: INSUFFICIENT_SCOPE_CHALLENGE });
        }
      },
  );
});

/** The claims of a token that verified, and the key it did so by: when that is gone, so is the token. */
type VerifiedToken = { claims: AccessTokenClaims; kid: string; pem: string };

const kidOf = (token: TokenOrHeader) => String((token as { header?: { kid?: unknown } }).header?.kid);

/** The token sent, `''` for one that cannot be any, undefined when none was sent. */
export function bearerToken({ headers: { authorization } }: FastifyRequest): string | undefined {
  if (authorization === undefined || !/^bearer(\s|$)/i.test(authorization)) return undefined;
  return authorization.slice('bearer'.length).trim();
}

/** Node keeps the first of several Authorization headers and says nothing. @param rawHeaders names and values in turn */
function countOf(name: string, rawHeaders: string[]) {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const sent = rawHeaders[index] as string;
    if (sent.length === name.length && sent.toLowerCase() === name) count++;
  }
  return count;
}

/** `iat` in the future would outlive its 30 minutes. */
const hasPlausibleTimes = ({ iat, auth_time }: AccessTokenClaims) => Math.max(iat, auth_time) * 1_000 <= Date.now() + CLOCK_TOLERANCE_MS;
