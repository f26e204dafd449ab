import { type Config } from '@diabetics/shared/config/load-config';
import { KeyringVariable, KeyVariable, uniqueKeyIds } from '@diabetics/shared/config/keyring';
import { serviceVariables } from '@diabetics/shared/config/service-variables';
import { Type } from 'typebox';

/** Environment of the auth service. `NAME` or `NAME_FILE`. */
export const AuthConfig = Type.Object({
  ...serviceVariables,
  EMAIL_INDEX_KEY: KeyVariable,
  PASSWORD_PEPPERS: KeyringVariable,
  REFRESH_TOKEN_KEYS: KeyringVariable,
  EMAIL_VERIFICATION: Type.Enum(['off'], { description: 'off (has to be said in words: addresses are then not verified)' }),
  PASSWORD_MIN_LENGTH: Type.Integer({ minimum: 8, maximum: 64, default: 15, description: 'code points, 8 to 64' }),
  PASSWORD_QUEUE_LIMIT: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 100,
    description: 'passwords that may wait to be checked, 1 to 10000',
  }),
});
export type AuthConfig = Config<typeof AuthConfig>;

export const authConfigRules = [
  ({ keks }: AuthConfig) => uniqueKeyIds('KEKS', keks),
  ({ passwordPeppers }: AuthConfig) => uniqueKeyIds('PASSWORD_PEPPERS', passwordPeppers),
  ({ refreshTokenKeys }: AuthConfig) => uniqueKeyIds('REFRESH_TOKEN_KEYS', refreshTokenKeys),
];
