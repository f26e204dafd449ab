import type { Settings } from '../../settings/settings.schema.ts';
import { type Finding, reject } from '../finding.ts';

/** `target-low-above-high`. */
export function checkTargetOrder({ glucoseTarget }: Settings): Finding[] {
  return (glucoseTarget?.segments ?? []).flatMap(({ low, high }, index) =>
    low > high
      ? [reject(`/glucoseTarget/segments/${index}`, 'target-low-above-high', 'The low end of a target must not be above its high end.')]
      : [],
  );
}
