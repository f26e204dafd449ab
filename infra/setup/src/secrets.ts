import { randomBytes } from 'node:crypto';
import { nkeys } from '@nats-io/transport-node';

const password = () => randomBytes(24).toString('base64url');
const key = () => randomBytes(32).toString('base64url');
const keyring = () => `${new Date().toISOString().slice(0, 10)}:${key()}`;
const nkeySeed = () => new TextDecoder().decode(nkeys.createUser().getSeed());

/** How each secret of the platform is made. */
const makers = {
  postgresPassword: password,
  authOwnerPassword: password,
  authAppPassword: password,
  healthProfileOwnerPassword: password,
  healthProfileAppPassword: password,
  natsAdminPassword: password,
  authNkeySeed: nkeySeed,
  healthProfileNkeySeed: nkeySeed,
  authKeks: keyring,
  healthProfileKeks: keyring,
  emailIndexKey: key,
  passwordPeppers: keyring,
  refreshTokenKeys: keyring,
} as const;

export type Secrets = Record<keyof typeof makers, string>;

/** Makes what is missing and keeps what is there: a new key would make what the old one sealed unreadable. */
export function completeSecrets(existing: Partial<Secrets>): Secrets {
  return Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, existing[name as keyof Secrets] ?? make()])) as Secrets;
}
