import type { FastifyInstance } from 'fastify';

type ApiDocumentation = { title: string; description: string; version: string; publicUrl: string; pathPrefix: `/${string}` };

/** Scalar draws with scripts and styles of its own page; nothing comes from elsewhere. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/**
 * OpenAPI 3.1 at `<prefix>/openapi.json` and a page to read and try it at `<prefix>/docs`.
 * To be registered before the operations. Imported only here: the page alone costs 26 MB of memory.
 */
export async function documentApi(app: FastifyInstance, { title, description, version, publicUrl, pathPrefix }: ApiDocumentation) {
  const [{ default: swagger }, { default: scalar }] = await Promise.all([
    import('@fastify/swagger'),
    import('@scalar/fastify-api-reference'),
  ]);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, description, version },
      servers: [{ url: publicUrl }],
      components: { securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
  });
  app.get(`${pathPrefix}/openapi.json`, { schema: { hide: true } }, async () => app.swagger());
  await app.register(scalar, {
    routePrefix: `${pathPrefix}/docs`,
    hooks: {
      onRequest: (_request, reply, done) => {
        reply.header('content-security-policy', PAGE_POLICY);
        done();
      },
    },
    configuration: {
      pageTitle: `${title} API`,
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: 'never', // offers of the page's maker
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  });
}
