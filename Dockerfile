# One file for every image: --build-arg SERVICE=auth | health-profile | setup
ARG NODE=node:24-bookworm-slim

FROM ${NODE} AS fetched
ENV CI=true
WORKDIR /src
COPY pnpm-lock.yaml pnpm-workspace.yaml package.json ./
RUN --mount=type=cache,id=npm,target=/root/.npm --mount=type=cache,id=pnpm,target=/root/.local/share/pnpm/store \
    npx --yes --loglevel=error pnpm@12.21.0 fetch

FROM fetched AS built
COPY . .
ARG SERVICE
RUN --mount=type=cache,id=npm,target=/root/.npm --mount=type=cache,id=pnpm,target=/root/.local/share/pnpm/store \
    npx --yes --loglevel=error pnpm@12.21.0 install --frozen-lockfile --offline --package-import-method=copy \
 && node_modules/.bin/tsc -b "$(ls -d services/${SERVICE} infra/${SERVICE} 2>/dev/null)/tsconfig.build.json" \
 && node_modules/.bin/pnpm --filter "@diabetics/${SERVICE}" deploy --prod /out

FROM ${NODE}
ENV NODE_ENV=production UV_THREADPOOL_SIZE=6
WORKDIR /app
COPY --from=built /out ./
COPY --chmod=0555 infra/deploy/healthcheck /app/bin/healthcheck
# What the engine compiles of the modules at a start is kept: a third of the time to healthy.
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN node --eval "import('/app/dist/start.js').catch(() => {})" && chmod -R a+rX /app
USER 10001:10001
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --retries=3 --start-period=60s CMD ["/app/bin/healthcheck"]
# A small nursery: 20 MB less for each process, no slower.
CMD ["node", "--max-semi-space-size=4", "dist/main.js"]
