import { loadConfig } from '@diabetics/shared/config/load-config';
import { createLogger } from '@diabetics/shared/http/logger';
import { startTokenIssuer } from '@diabetics/shared/testing/token-issuer';
import { type Environment, serviceEnvironment, testProcess } from '../../../../tests/harness/service-environment.ts';
import { HealthProfileConfig, healthProfileConfigRules } from '../config.ts';
import { startHealthProfile } from '../start.ts';

/** The service as it is, on a database of its own, with an issuer whose tokens it takes. */
export async function startTestHealthProfile(changes: Environment = {}) {
  const issuer = await startTokenIssuer();
  const environment: Environment = { ...(await serviceEnvironment('health-profile')), JWKS_URL: issuer.jwksUrl, ...changes };
  const config = loadConfig(HealthProfileConfig, environment, ...healthProfileConfigRules);
  const process = testProcess(createLogger('health-profile', config.logLevel));
  const { orm } = await startHealthProfile(config, process);
  const stop = async () => {
    await process.stop();
    await issuer.close();
  };
  const url = `http://127.0.0.1:${config.port}`;
  return {
    url,
    me: `${url}/api/v1/health-profiles/me`,
    managementUrl: `http://127.0.0.1:${config.managementPort}`,
    issuer,
    orm,
    environment,
    stop,
  };
}
