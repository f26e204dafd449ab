import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NATS_ADMIN, renderNatsConf } from '@diabetics/setup/nats-conf';
import { provisionStreams } from '@diabetics/setup/provision-streams';
import type { Secrets } from '@diabetics/setup/secrets';
import { connect } from '@nats-io/transport-node';
import type { PartDefinition } from './part.ts';

const ANSWER_WITHIN_MS = 2_000;

export type Nats = { url: string; monitorUrl: string; storeDir: string; part: PartDefinition; provision: () => Promise<void> };

type NatsOptions = { command: string; folder: string; logFile: string; port: number; monitorPort: number; secrets: Secrets };

/** nats-server with JetStream on loopback, users and streams from the topology. */
export function prepareNats({ command, folder, logFile, port, monitorPort, secrets }: NatsOptions): Nats {
  const storeDir = join(folder, 'store');
  const configuration = join(folder, 'nats.conf');
  mkdirSync(storeDir, { recursive: true, mode: 0o700 });
  writeFileSync(configuration, renderNatsConf({ listen: `127.0.0.1:${port}`, monitor: `127.0.0.1:${monitorPort}`, storeDir }, secrets), {
    mode: 0o600,
  });
  const url = `nats://127.0.0.1:${port}`;
  const monitorUrl = `http://127.0.0.1:${monitorPort}`;
  const part: PartDefinition = {
    name: 'nats',
    command,
    args: ['--config', configuration],
    logFile,
    stopSignal: 'SIGTERM',
    ready: async () => {
      if (!(await fetch(`${monitorUrl}/healthz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })).ok) throw new Error('not healthy yet');
    },
  };
  const provision = async () => {
    const connection = await connect({ servers: url, user: NATS_ADMIN, pass: secrets.natsAdminPassword });
    await provisionStreams(connection);
    await connection.drain();
  };
  return { url, monitorUrl, storeDir, part, provision };
}
