import { nkeys } from '@nats-io/transport-node';
import { hashSync } from 'bcryptjs';
import type { Secrets } from './secrets.ts';
import { rightsOf } from './topology.ts';

/** Below it the server warns that passwords are weakly hashed. */
const BCRYPT_COST = 11;
export const NATS_ADMIN = 'admin';

type NatsServer = { listen: string; monitor: string; storeDir: string };

/**
 * The configuration of nats-server, which reads JSON. It holds a hash and public keys only.
 * `sync_interval: always`: an acknowledged event is on the disk. The default acknowledges up to two minutes earlier.
 */
export function renderNatsConf({ listen, monitor, storeDir }: NatsServer, secrets: Secrets): string {
  const publicKeyOf = (seed: string) => nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey();
  const configuration = {
    server_name: 'diabetics',
    listen,
    http: monitor,
    jetstream: { store_dir: storeDir, sync_interval: 'always' },
    max_payload: 65_536,
    authorization: {
      users: [
        { user: NATS_ADMIN, password: hashSync(secrets.natsAdminPassword, BCRYPT_COST) },
        { nkey: publicKeyOf(secrets.authNkeySeed), permissions: rightsOf('auth') },
        { nkey: publicKeyOf(secrets.healthProfileNkeySeed), permissions: rightsOf('health-profile') },
      ],
    },
  };
  return `${JSON.stringify(configuration, null, 2)}\n`;
}
