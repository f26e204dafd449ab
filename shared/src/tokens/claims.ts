/** What a person's access token says (RFC 9068). Nothing personal in it: a token can end up in somebody's log. */
export type AccessTokenClaims = {
  iss: string;
  aud: typeof AUDIENCE;
  /** User id. */
  sub: string;
  client_id: typeof CLIENT_ID;
  iat: number;
  exp: number;
  jti: string;
  /** Session id. */
  sid: string;
  /** When the person last proved who they are, seconds since 1970. */
  auth_time: number;
  amr: string[];
  /** Space-separated. */
  scope: string;
};

export const AUDIENCE = 'diabetics-api';
export const CLIENT_ID = 'diabetics-app';
export const SCOPES = ['profile:read', 'profile:write'] as const;
export type Scope = (typeof SCOPES)[number];

export const SIGNING_ALGORITHM = 'ES256';
export const TOKEN_TYPE = 'at+jwt';
