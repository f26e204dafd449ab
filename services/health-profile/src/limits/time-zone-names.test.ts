import tzdata from 'tzdata';
import { expect, it } from 'vitest';
import names from './time-zone-names.json' with { type: 'json' };

it('the zone names are those of the IANA database, without the placeholder', () => {
  const { zones } = tzdata as { zones: Record<string, unknown> };

  expect(names).toEqual(
    Object.keys(zones)
      .filter((name) => name !== 'Factory')
      .sort(),
  );
});

it.each(['Europe/Madrid', 'US/Pacific', 'Etc/GMT+3'])('the runtime can compute with %s', (timeZone) => {
  expect(() => new Intl.DateTimeFormat('en', { timeZone })).not.toThrow();
});
