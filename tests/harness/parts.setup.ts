import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { completeSecrets } from '@diabetics/setup/secrets';
import type { TestProject } from 'vitest/node';
import { findBinaries } from '../../infra/local/binaries.ts';
import { prepareNats } from '../../infra/local/nats.ts';
import { Part } from '../../infra/local/part.ts';
import { freePorts } from '../../infra/local/ports.ts';
import { preparePostgres } from '../../infra/local/postgres.ts';
import { temporaryFolder } from '../../infra/local/temporary-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    superuserUrl: string;
    natsUrl: string;
    secrets: ReturnType<typeof completeSecrets>;
  }
}

const ignore = () => {};
const unsupervised = { onStart: ignore, onRestarted: ignore, onDeath: ignore, onGivenUp: ignore };

/** A real PostgreSQL and a real NATS for the tests of services. Data is thrown away, so it need not reach the disk. */
export default async function setup({ provide }: TestProject) {
  const folder = temporaryFolder('parts');
  const [postgresPort, natsPort, monitorPort] = (await freePorts(3)) as [number, number, number];
  const secrets = completeSecrets({});
  const { natsServer } = findBinaries(join(import.meta.dirname, '../../.local'), console.log);
  const postgres = await preparePostgres({
    folder: join(folder, 'postgres'),
    logFile: join(folder, 'postgres.log'),
    port: postgresPort,
    password: secrets.postgresPassword,
    settings: { fsync: 'off', max_connections: 200 },
  });
  const nats = prepareNats({
    command: natsServer,
    folder: join(folder, 'nats'),
    logFile: join(folder, 'nats.log'),
    port: natsPort,
    monitorPort,
    secrets,
  });
  const parts = [new Part(postgres.part, unsupervised), new Part(nats.part, unsupervised)];
  await Promise.all(parts.map((part) => part.start()));
  await nats.provision();

  provide('superuserUrl', postgres.superuserUrl);
  provide('natsUrl', nats.url);
  provide('secrets', secrets);
  return async () => {
    await Promise.all(parts.map((part) => part.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
}
