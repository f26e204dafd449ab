import { type KeyObject, randomUUID } from 'node:crypto';
import type { NamedKey } from '@diabetics/shared/config/keyring';
import { Problem } from '@diabetics/shared/http/problem';
import { AUDIENCE, CLIENT_ID, SCOPES } from '@diabetics/shared/tokens/claims';
import { type Static, Type } from 'typebox';
import { problems } from '../problems.ts';
import type { SigningKeys } from '../tokens/signing-keys.ts';
import { makeRefreshToken } from './refresh-token.ts';

export const ACCESS_TOKEN_TTL_SECONDS = 1_800;

/** What makes the tokens of a session. */
export type TokenIssuer = { keys: Pick<SigningKeys, 'sign'>; refreshKeys: readonly [NamedKey, ...NamedKey[]]; publicUrl: string };

/** The columns of a session that tokens are made from. */
export type SessionRow = {
  id: string;
  user_id: string;
  generation: number;
  salt: Buffer;
  refresh_key_id: string;
  scope: string;
  amr: string[];
  auth_time: Date;
  idle_expires_at: Date;
  expires_at: Date;
};

export const Tokens = Type.Object(
  {
    tokenType: Type.Literal('Bearer'),
    accessToken: Type.String(),
    expiresInSeconds: Type.Integer({ description: '1800' }),
    refreshToken: Type.String({ description: 'Good once; the answer to it brings the next' }),
    refreshExpiresAt: Type.String({ format: 'date-time' }),
    sessionId: Type.String({ format: 'uuid' }),
  },
  { description: 'Tokens of the session' },
);

const ANY_SCOPE = `(${SCOPES.join('|')})`;
export const ScopeRequest = Type.String({
  maxLength: 200,
  pattern: `^${ANY_SCOPE}( ${ANY_SCOPE})*$`,
  description: `one or more of ${SCOPES.join(' ')}, separated by spaces`,
});

/**
 * @param now PostgreSQL's time of the request
 * @param scope the session's, or fewer
 */
export function tokensOf(
  session: SessionRow,
  { keys, refreshKeys, publicUrl }: TokenIssuer,
  now: Date,
  scope: string,
): Static<typeof Tokens> {
  const iat = Math.floor(now.getTime() / 1_000);
  const accessToken = keys.sign({
    iss: publicUrl,
    aud: AUDIENCE,
    sub: session.user_id,
    client_id: CLIENT_ID,
    iat,
    exp: iat + ACCESS_TOKEN_TTL_SECONDS,
    jti: randomUUID(),
    sid: session.id,
    auth_time: Math.floor(session.auth_time.getTime() / 1_000),
    amr: session.amr,
    scope,
  });
  const key = refreshKeyOf(session, refreshKeys);
  if (!key) throw new Error(`the refresh key ${session.refresh_key_id} of a session is not configured`);
  return {
    tokenType: 'Bearer',
    accessToken,
    expiresInSeconds: ACCESS_TOKEN_TTL_SECONDS,
    refreshToken: makeRefreshToken(session.id, session.generation, { key, salt: session.salt }),
    refreshExpiresAt: new Date(Math.min(session.idle_expires_at.getTime(), session.expires_at.getTime())).toISOString(),
    sessionId: session.id,
  };
}

export const refreshKeyOf = ({ refresh_key_id }: Pick<SessionRow, 'refresh_key_id'>, keys: readonly NamedKey[]): KeyObject | undefined =>
  keys.find(({ id }) => id === refresh_key_id)?.key;

/**
 * @param requested undefined: all that is granted
 * @throws {Problem} invalid-request when the request names a scope that was not granted
 */
export function narrowScope(requested: string | undefined, granted: string): string {
  if (requested === undefined) return granted;
  const scopes = new Set(requested.split(' '));
  const isWithin = [...scopes].every((scope) => granted.split(' ').includes(scope));
  if (isWithin) return [...scopes].join(' ');
  throw new Problem(problems.invalidRequest, {
    errors: [{ pointer: '#/scope', code: 'bad-format', detail: `Must be one or more of ${granted}.` }],
  });
}
