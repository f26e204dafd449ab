import { Big } from 'big.js';
import type { Settings } from '../../settings/settings.schema.ts';
import { type Finding, reject } from '../finding.ts';

type Glucose = { unit: 'mg/dL' | 'mmol/L'; value: number };

/** mg/dL in one mmol/L of glucose: 180.1559 g/mol ÷ 10. 5.5 mmol/L × 18.01559 = 99.085745 mg/dL. */
const MG_PER_DL_PER_MMOL_PER_L = 18.01559;

/** `suspend-above-target`: delivery would stop inside the target. Exact decimals, since the two may have different units. */
export function checkSuspendBelowTarget({ suspendThreshold, glucoseTarget }: Settings): Finding[] {
  if (!suspendThreshold || !glucoseTarget) return [];
  const lowest = Math.min(...glucoseTarget.segments.map(({ low }) => low));
  if (mgPerDl(suspendThreshold).lte(mgPerDl({ unit: glucoseTarget.unit, value: lowest }))) return [];
  return [
    reject('/suspendThreshold/value', 'suspend-above-target', 'The suspend threshold must not be above the lowest low end of the targets.'),
  ];
}

const mgPerDl = ({ unit, value }: Glucose) => (unit === 'mg/dL' ? Big(value) : Big(value).times(MG_PER_DL_PER_MMOL_PER_L));
