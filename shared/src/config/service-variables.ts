import { Type } from 'typebox';
import { KeyringVariable } from './keyring.ts';

const Port = (defaultPort: number) =>
  Type.Integer({ minimum: 1, maximum: 65_535, default: defaultPort, description: 'a port, 1 to 65535' });
const PostgresUrl = (role: string) =>
  Type.String({ pattern: '^postgres(ql)?://.+', description: `postgres://user:password@host:port/database, ${role}` });

/** What every service is configured with. */
export const serviceVariables = {
  HOST: Type.String({ default: '127.0.0.1', description: 'address to listen on' }),
  PORT: Port(3000),
  MANAGEMENT_PORT: Port(9464),
  PUBLIC_URL: Type.String({
    pattern: '^https?://[^/?#]+$',
    description: 'what clients call, scheme and host without a path; the issuer of tokens',
  }),
  DATABASE_URL: PostgresUrl('the role that may only read and write rows'),
  DATABASE_OWNER_URL: PostgresUrl('the role that owns the schema; used for migrations only'),
  DATABASE_POOL_SIZE: Type.Integer({ minimum: 1, maximum: 100, default: 4, description: 'connections, 1 to 100' }),
  NATS_URL: Type.String({ pattern: '^(nats|tls)://.+', description: 'nats://host:port[,…]' }),
  NATS_NKEY_SEED: Type.String({ pattern: '^SU[A-Z2-7]{56}$', description: "the service's user seed (nkey)" }),
  KEKS: KeyringVariable,
  TRUSTED_PROXY_HOPS: Type.Integer({ minimum: 0, maximum: 5, default: 0, description: 'proxies in front, 0 to 5' }),
  CORS_ORIGINS: Type.String({
    default: '',
    pattern: '^(https?://[^,/]+(,https?://[^,/]+)*)?$',
    description: 'origins, separated by commas',
  }),
  API_DOCS: Type.Enum(['on', 'off'], { default: 'off', description: 'on or off' }),
  DRAIN_SECONDS: Type.Integer({ minimum: 0, maximum: 20, default: 10, description: 'seconds to go on serving after SIGTERM, 0 to 20' }),
  LOG_LEVEL: Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    description: 'debug, info, warn, error or silent',
  }),
};
