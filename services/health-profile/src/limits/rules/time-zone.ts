import type { Settings } from '../../settings/settings.schema.ts';
import { type Finding, reject } from '../finding.ts';
import names from '../time-zone-names.json' with { type: 'json' };

const ZONES: ReadonlySet<string> = new Set(names);

/**
 * `unknown-time-zone`. The names come from the IANA database itself: the runtime's own check takes offsets and any spelling.
 */
export function checkTimeZone({ timeZone }: Settings): Finding[] {
  if (ZONES.has(timeZone)) return [];
  return [reject('/timeZone', 'unknown-time-zone', 'Must be an IANA time zone in its exact spelling, as in Europe/Madrid.')];
}
