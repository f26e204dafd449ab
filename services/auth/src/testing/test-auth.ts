import { loadConfig } from '@diabetics/shared/config/load-config';
import { createLogger } from '@diabetics/shared/http/logger';
import { type Environment, serviceEnvironment, testProcess } from '../../../../tests/harness/service-environment.ts';
import { AuthConfig, authConfigRules } from '../config.ts';
import { startAuth } from '../start.ts';

/** The service as it is, on a database of its own. */
export async function startTestAuth(changes: Environment = {}) {
  const environment = { ...(await serviceEnvironment('auth')), ...changes };
  const config = loadConfig(AuthConfig, environment, ...authConfigRules);
  const process = testProcess(createLogger('auth', config.logLevel));
  const { orm } = await startAuth(config, process);
  return {
    url: `http://127.0.0.1:${config.port}`,
    managementUrl: `http://127.0.0.1:${config.managementPort}`,
    orm,
    environment,
    stop: process.stop,
  };
}
