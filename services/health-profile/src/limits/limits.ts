import { POPULATIONS, type Population, type Settings } from '../settings/settings.schema.ts';
import document from './limits.json' with { type: 'json' };

type Bounds = { min?: number; max?: number };
type Limits = { reject: Bounds; sources: string[] };
type LimitsByUnit = Readonly<Record<string, Limits>>;

/** The very document that the check runs on; served at GET /limits. */
export const limitsDocument = document;

const settings: Readonly<Record<string, LimitsByUnit>> = document.settings;
const populations: Readonly<Record<string, Readonly<Record<string, LimitsByUnit>>>> = document.populations;

export const populationOf = ({ population }: Settings): Population => population ?? (document.defaultPopulation as Population);

/**
 * Bounds of the tier *reject*, inclusive.
 * @param setting key of the limits document, e.g. `insulinAction.peakMinutes`
 */
export function rejectBounds(setting: string, unit: string, population: Population): Bounds {
  const limits = populations[population]?.[setting]?.[unit] ?? settings[setting]?.[unit];
  if (!limits) throw new Error(`the limits document has nothing for ${setting} in ${unit}`);
  return limits.reject;
}

/** A value at a limit is inside. Both are read from decimals, so that comparing the doubles compares the decimals as written. */
export const isInside = (value: number, { min, max }: Bounds) => (min === undefined || value >= min) && (max === undefined || value <= max);

export const populationsWhere = (accepts: (population: Population) => boolean) => POPULATIONS.filter(accepts);
