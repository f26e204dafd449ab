import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DockerComposeEnvironment, Wait } from 'testcontainers';
import type { TestProject } from 'vitest/node';
import { freePorts } from '../../infra/local/ports.ts';

declare module 'vitest' {
  interface ProvidedContext {
    composeProject: string;
  }
}

const ROOT = join(import.meta.dirname, '../..');

/** The platform in containers, built from this checkout, from scratch, beside whatever else runs on the machine. */
export default async function setup({ provide }: TestProject) {
  const composeProject = `diabetics-test-${randomUUID().slice(0, 8)}`;
  const [edgePort] = (await freePorts(1)) as [number];
  const healthy = Wait.forHealthCheck();
  const environment = await new DockerComposeEnvironment(ROOT, 'docker-compose.yml')
    .withProjectName(composeProject)
    .withEnvironment({
      COMPOSE_PROJECT_NAME: composeProject,
      EDGE_HTTP_PORT: String(edgePort),
      COOLIFY_NETWORK: `${composeProject}-edge`,
      INTERNAL_DB_NETWORK: `${composeProject}-internal`,
      API_DOCS: 'on',
    })
    .withBuild()
    .withWaitStrategy('secrets-1', Wait.forOneShotStartup())
    .withWaitStrategy('streams-1', Wait.forOneShotStartup())
    .withWaitStrategy('postgres-1', healthy)
    .withWaitStrategy('nats-1', healthy)
    .withWaitStrategy('auth-1', healthy)
    .withWaitStrategy('health-profile-1', healthy)
    .withWaitStrategy('traefik-1', healthy)
    .withStartupTimeout(300_000)
    .up();

  provide('edgeUrl', `http://127.0.0.1:${edgePort}`);
  provide('stackFile', undefined);
  provide('logFolder', undefined);
  provide('composeProject', composeProject);
  return async () => {
    await environment.down({ removeVolumes: true });
  };
}
