import { createHash } from 'node:crypto';
import { SCOPES } from '@diabetics/shared/tokens/claims';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { matchesTag } from '@diabetics/shared/http/etag';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { SigningKeys } from './signing-keys.ts';

const PUBLIC_FOR_MINUTES = { 'cache-control': 'public, max-age=300' };

/** GET /.well-known/jwks.json (RFC 7517) and /.well-known/oauth-authorization-server (RFC 8414): what a verifier needs to know. */
export const metadata: FastifyPluginAsyncTypebox<{ keys: Pick<SigningKeys, 'jwks'>; publicUrl: string }> = async (
  app,
  { keys, publicUrl },
) => {
  const server = {
    issuer: publicUrl,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    response_types_supported: [], // tokens come from POST /api/v1/auth/login, not from an OAuth grant
    grant_types_supported: [],
    scopes_supported: [...SCOPES],
  };
  const response = { 200: Type.Object({}, { additionalProperties: true, description: 'The document' }) };
  app.get('/.well-known/jwks.json', { schema: { summary: 'Public keys of access tokens', tags: ['tokens'], response } }, (request, reply) =>
    sendCacheable(request, reply, keys.jwks),
  );
  app.get(
    '/.well-known/oauth-authorization-server',
    { schema: { summary: 'RFC 8414 metadata', tags: ['tokens'], response } },
    (request, reply) => sendCacheable(request, reply, server),
  );
};

function sendCacheable(request: FastifyRequest, reply: FastifyReply, document: object) {
  const etag = `"${createHash('sha256').update(JSON.stringify(document)).digest('base64url').slice(0, 22)}"`;
  reply.headers({ ...PUBLIC_FOR_MINUTES, etag });
  return matchesTag(request.headers['if-none-match'], etag) ? reply.code(304).send() : reply.send(document);
}
