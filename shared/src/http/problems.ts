import type { ProblemType } from './problem.ts';

/** The refusals that every service knows. A service adds its own in its `problems.ts`; docs/problems.md is made from those files. */
export const commonProblems = {
  malformedJson: { code: 'malformed-json', title: 'The body is not JSON', status: 400 },
  duplicateKey: { code: 'duplicate-key', title: 'A key appears twice in one object', status: 400 },
  invalidRequest: { code: 'invalid-request', title: 'The request does not have the form', status: 400 },
  unauthenticated: { code: 'unauthenticated', title: 'An access token is needed', status: 401 },
  invalidToken: { code: 'invalid-token', title: 'The access token is not valid', status: 401 },
  forbidden: { code: 'forbidden', title: "The access token's scope does not reach", status: 403 },
  notFound: { code: 'not-found', title: 'There is no such thing', status: 404 },
  methodNotAllowed: { code: 'method-not-allowed', title: 'The path does not know this method', status: 405 },
  bodyTooLarge: { code: 'body-too-large', title: 'The body is too large', status: 413 },
  unsupportedMediaType: { code: 'unsupported-media-type', title: 'The body must be application/json', status: 415 },
  internalError: { code: 'internal-error', title: 'Something failed on our side', status: 500 },
  unavailable: { code: 'unavailable', title: 'A part is down; nothing was changed, safe to retry', status: 503 },
  outcomeUnknown: { code: 'outcome-unknown', title: 'It is not known whether the change was made: read before you retry', status: 503 },
} as const satisfies Record<string, ProblemType>;
