import { uniqueKeyIds } from '@diabetics/shared/config/keyring';
import type { Config } from '@diabetics/shared/config/load-config';
import { serviceVariables } from '@diabetics/shared/config/service-variables';
import { Type } from 'typebox';

/** Environment of the health-profile service. `NAME` or `NAME_FILE`. */
export const HealthProfileConfig = Type.Object({
  ...serviceVariables,
  JWKS_URL: Type.String({ pattern: '^https?://.+', description: "where auth's public keys are read" }),
});
export type HealthProfileConfig = Config<typeof HealthProfileConfig>;

export const healthProfileConfigRules = [({ keks }: HealthProfileConfig) => uniqueKeyIds('KEKS', keks)];
