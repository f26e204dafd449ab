import type { ProblemType } from '@diabetics/shared/http/problem';
import { commonProblems } from '@diabetics/shared/http/problems';

/** Everything this service refuses. */
export const problems = {
  ...commonProblems,
  erased: { code: 'erased', title: 'This person was erased', status: 410 },
  versionConflict: { code: 'version-conflict', title: 'The settings have changed since they were read', status: 412 },
  settingsRefused: { code: 'settings-refused', title: 'The settings are outside what is possible', status: 422 },
  effectiveFromOutOfRange: {
    code: 'effective-from-out-of-range',
    title: 'effectiveFrom must be from 5 minutes ago to 24 hours ahead',
    status: 422,
  },
  preconditionRequired: { code: 'precondition-required', title: 'The version that is replaced must be named', status: 428 },
} as const satisfies Record<string, ProblemType>;
