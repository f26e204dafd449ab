import type { Population, Settings } from '../settings/settings.schema.ts';
import { type Finding, reject } from './finding.ts';
import { isInside, populationOf, populationsWhere, rejectBounds } from './limits.ts';

type Quantity = { setting: string; unit: string; value: number; pointer: string };

/** One finding for each value that is outside the limits of its setting, unit and population. */
export function checkRanges(settings: Settings): Finding[] {
  const population = populationOf(settings);
  return quantitiesOf(settings).flatMap((quantity) => {
    const bounds = rejectBounds(quantity.setting, quantity.unit, population);
    return isInside(quantity.value, bounds) ? [] : [outOfRange(quantity, population)];
  });
}

function outOfRange({ setting, unit, value, pointer }: Quantity, population: Population): Finding {
  const { min, max } = rejectBounds(setting, unit, population);
  const below = min !== undefined && value < min;
  const limit = (below ? min : max) as number;
  const insideFor = populationsWhere((other) => isInside(value, rejectBounds(setting, unit, other)));
  return reject(pointer, 'out-of-range', `Must be at ${below ? 'least' : 'most'} ${limit} ${unit}.`, {
    limit,
    unit,
    ...(insideFor.length > 0 && { insideFor }),
  });
}

function quantitiesOf({
  insulinSensitivity,
  carbRatio,
  basalRate,
  glucoseTarget,
  suspendThreshold,
  insulinAction,
  maxBolus,
}: Settings): Quantity[] {
  const quantities: Quantity[] = [];
  for (const [setting, schedule] of Object.entries({ insulinSensitivity, carbRatio, basalRate })) {
    schedule?.segments.forEach(({ value }, index) => {
      quantities.push({ setting, unit: schedule.unit, value, pointer: `/${setting}/segments/${index}/value` });
    });
  }
  glucoseTarget?.segments.forEach((segment, index) => {
    for (const bound of ['low', 'high'] as const) {
      const pointer = `/glucoseTarget/segments/${index}/${bound}`;
      quantities.push({ setting: 'glucoseTarget', unit: glucoseTarget.unit, value: segment[bound], pointer });
    }
  });
  for (const [setting, quantity] of Object.entries({ suspendThreshold, maxBolus })) {
    if (quantity) quantities.push({ setting, ...quantity, pointer: `/${setting}/value` });
  }
  if (insulinAction) {
    for (const name of ['durationMinutes', 'peakMinutes'] as const) {
      quantities.push({ setting: `insulinAction.${name}`, unit: 'min', value: insulinAction[name], pointer: `/insulinAction/${name}` });
    }
  }
  return quantities;
}
