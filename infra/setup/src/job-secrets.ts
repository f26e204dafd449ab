// One-shot job of docker-compose.yml: makes every secret that is missing, and gives each reader its own volume with its own files.
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NATS_ADMIN, renderNatsConf } from './nats-conf.ts';
import { completeSecrets, type Secrets } from './secrets.ts';

const STORE = '/secrets/store/secrets.json';
/** Users of the images: the services and NATS run as 10001, PostgreSQL as its own 999. */
const APP_UID = 10_001;
const POSTGRES_UID = 999;

const secrets = completeSecrets(existsSync(STORE) ? (JSON.parse(readFileSync(STORE, 'utf8')) as Partial<Secrets>) : {});
write(STORE, JSON.stringify(secrets), 0);

const url = (role: string, password: string, database: string) => `postgres://${role}:${password}@postgres:5432/${database}`;

give('postgres', POSTGRES_UID, {
  superuser_password: secrets.postgresPassword,
  auth_owner_password: secrets.authOwnerPassword,
  auth_app_password: secrets.authAppPassword,
  health_profile_owner_password: secrets.healthProfileOwnerPassword,
  health_profile_app_password: secrets.healthProfileAppPassword,
});
give('nats', APP_UID, {
  'nats.conf': renderNatsConf({ listen: '0.0.0.0:4222', monitor: '127.0.0.1:8222', storeDir: '/data' }, secrets),
});
give('streams', APP_UID, { nats_admin: `${NATS_ADMIN}:${secrets.natsAdminPassword}` });
give('auth', APP_UID, {
  database_url: url('auth_app', secrets.authAppPassword, 'auth'),
  database_owner_url: url('auth_owner', secrets.authOwnerPassword, 'auth'),
  nats_nkey_seed: secrets.authNkeySeed,
  keks: secrets.authKeks,
  email_index_key: secrets.emailIndexKey,
  password_peppers: secrets.passwordPeppers,
  refresh_token_keys: secrets.refreshTokenKeys,
});
give('health-profile', APP_UID, {
  database_url: url('health_profile_app', secrets.healthProfileAppPassword, 'health_profile'),
  database_owner_url: url('health_profile_owner', secrets.healthProfileOwnerPassword, 'health_profile'),
  nats_nkey_seed: secrets.healthProfileNkeySeed,
  keks: secrets.healthProfileKeks,
});
chownSync('/secrets/nats-data', APP_UID, APP_UID); // a new volume belongs to root
console.log('secrets are in place');

function give(reader: string, uid: number, files: Record<string, string>) {
  const folder = join('/secrets', reader);
  for (const [name, content] of Object.entries(files)) write(join(folder, name), content, uid);
  chownSync(folder, uid, uid);
  chmodSync(folder, 0o500);
}

function write(path: string, content: string, uid: number) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, content, { mode: 0o400 });
  chownSync(temporary, uid, uid);
  renameSync(temporary, path);
}
