import type { ProblemType } from '@diabetics/shared/http/problem';
import { commonProblems } from '@diabetics/shared/http/problems';

/** Everything this service refuses. */
export const problems = {
  ...commonProblems,
  invalidCredentials: { code: 'invalid-credentials', title: 'The address or the password is not right', status: 401 },
  invalidRefreshToken: { code: 'invalid-refresh-token', title: 'The refresh token is not valid', status: 401 },
  emailTaken: { code: 'email-taken', title: 'The address is registered already', status: 409 },
  passwordRefused: { code: 'password-refused', title: 'The password is not accepted', status: 422 },
  busy: { code: 'busy', title: 'Too many passwords are being checked; nothing was changed, safe to retry', status: 503 },
} as const satisfies Record<string, ProblemType>;
