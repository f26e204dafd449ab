import { loadConfigOrExit, runService } from '@diabetics/shared/http/lifecycle';
import { HealthProfileConfig, healthProfileConfigRules } from './config.ts';
import { startHealthProfile } from './start.ts';

await runService('health-profile', loadConfigOrExit(HealthProfileConfig, ...healthProfileConfigRules), startHealthProfile);
