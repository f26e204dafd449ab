import type { Population } from '../settings/settings.schema.ts';

/** What the limits say of one place in a settings document. */
export type Finding = {
  /** RFC 6901, as a fragment into the body. */
  pointer: string;
  code: string;
  tier: 'reject';
  /** The number that was passed, in `unit`. */
  limit?: number;
  unit?: string;
  /** Would the same document pass with something added to the request? */
  retryable: boolean;
  /** For a person; never repeats the value. */
  detail: string;
  /** Populations for whom the value would not be refused. */
  insideFor?: Population[];
};

export const reject = (
  pointer: string,
  code: string,
  detail: string,
  more: Pick<Finding, 'limit' | 'unit' | 'insideFor'> = {},
): Finding => ({
  pointer: `#/settings${pointer}`,
  code,
  tier: 'reject',
  retryable: false,
  detail,
  ...more,
});
