import type { Settings } from '../../settings/settings.schema.ts';
import { type Finding, reject } from '../finding.ts';

/** `first-segment-not-midnight`, `segments-not-rising`: every minute of the day has one value. Starts compare as text. */
export function checkScheduleOrder({ insulinSensitivity, carbRatio, basalRate, glucoseTarget }: Settings): Finding[] {
  return Object.entries({ insulinSensitivity, carbRatio, basalRate, glucoseTarget }).flatMap(([setting, schedule]) =>
    (schedule?.segments ?? []).flatMap(({ start }: { start: string }, index: number, segments: { start: string }[]) => {
      const pointer = `/${setting}/segments/${index}/start`;
      const previous = segments[index - 1];
      if (!previous)
        return start === '00:00' ? [] : [reject(pointer, 'first-segment-not-midnight', 'The first segment must start at 00:00.')];
      return start > previous.start ? [] : [reject(pointer, 'segments-not-rising', 'A segment must start later than the one before it.')];
    }),
  );
}
