import type { Settings } from '../../settings/settings.schema.ts';
import { type Finding, reject } from '../finding.ts';

/** `peak-not-below-half-duration`: at half the duration the exponential curve divides by zero, beyond it has no meaning. */
export function checkPeak({ insulinAction }: Settings): Finding[] {
  if (!insulinAction || 2 * insulinAction.peakMinutes < insulinAction.durationMinutes) return [];
  return [reject('/insulinAction/peakMinutes', 'peak-not-below-half-duration', 'Twice the peak must be less than the duration.')];
}
