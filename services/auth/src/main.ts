import { loadConfigOrExit, runService } from '@diabetics/shared/http/lifecycle';
import { AuthConfig, authConfigRules } from './config.ts';
import { startAuth } from './start.ts';

await runService('auth', loadConfigOrExit(AuthConfig, ...authConfigRules), startAuth);
