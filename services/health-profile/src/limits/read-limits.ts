import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { matchesTag } from '@diabetics/shared/http/etag';
import { Type } from 'typebox';
import { sha256Of } from '../settings/settings-hash.ts';
import { limitsDocument } from './limits.ts';

const ETAG = `"${limitsDocument.version}-${sha256Of(limitsDocument).slice('sha256:'.length, 'sha256:'.length + 16)}"`;
const HEADERS = { etag: ETAG, 'cache-control': 'public, max-age=300' };

/** GET /limits: what values are possible, with the source of each number. The check runs on this very document. */
export const readLimits: FastifyPluginAsyncTypebox = async (app) => {
  const schema = {
    summary: 'What values are possible',
    tags: ['limits'],
    response: {
      200: Type.Object({}, { additionalProperties: true, description: 'The limits document' }),
      304: Type.Null({ description: 'Not changed' }),
    },
  };
  app.get('/api/v1/health-profiles/limits', { schema }, async (request, reply) => {
    reply.headers(HEADERS);
    return matchesTag(request.headers['if-none-match'], ETAG) ? reply.code(304).send(null) : reply.send(limitsDocument);
  });
};
