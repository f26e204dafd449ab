import { type Static, Type } from 'typebox';

const MAX_SEGMENTS = 48;

const Start = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'a wall-clock time, HH:MM, 00:00 to 23:59' });
const Value = Type.Object({ start: Start, value: Type.Number() }, { additionalProperties: false });
const Range = Type.Object({ start: Start, low: Type.Number(), high: Type.Number() }, { additionalProperties: false });

/** A quantity that changes over the day. Each segment holds from its start to the next one's. */
const Schedule = <Unit extends string>(description: string, units: Unit[]) =>
  Type.Object(
    { unit: Type.Enum(units, { type: 'string' }), segments: Type.Array(Value, { minItems: 1, maxItems: MAX_SEGMENTS }) },
    { additionalProperties: false, description },
  );

export const POPULATIONS = ['child', 'teen', 'adult', 'resistant', 'pregnant'] as const;
export type Population = (typeof POPULATIONS)[number];

/**
 * Therapy settings, version 1: the numbers insulin is dosed by, each with its unit, as the person entered them.
 * Only the form stands here; what a value may be is for the limits document.
 */
export const Settings = Type.Object(
  {
    timeZone: Type.String({ minLength: 1, maxLength: 64, description: 'IANA name, as in Europe/Madrid' }),
    insulinSensitivity: Schedule('By how much one unit of insulin lowers glucose', ['mg/dL/U', 'mmol/L/U']),
    carbRatio: Schedule('How many grams of carbohydrate one unit of insulin covers', ['g/U']),
    basalRate: Type.Optional(Schedule('Background insulin', ['U/h'])),
    glucoseTarget: Type.Optional(
      Type.Object(
        { unit: Type.Enum(['mg/dL', 'mmol/L'], { type: 'string' }), segments: Type.Array(Range, { minItems: 1, maxItems: MAX_SEGMENTS }) },
        { additionalProperties: false, description: 'Where glucose should be' },
      ),
    ),
    suspendThreshold: Type.Optional(
      Type.Object(
        { unit: Type.Enum(['mg/dL', 'mmol/L'], { type: 'string' }), value: Type.Number() },
        { additionalProperties: false, description: 'Below it, insulin delivery is to stop' },
      ),
    ),
    insulinAction: Type.Optional(
      Type.Object(
        { curve: Type.Enum(['exponential'], { type: 'string' }), durationMinutes: Type.Integer(), peakMinutes: Type.Integer() },
        { additionalProperties: false, description: 'How long and when insulin works, minutes' },
      ),
    ),
    maxBolus: Type.Optional(
      Type.Object(
        { unit: Type.Enum(['U'], { type: 'string' }), value: Type.Number() },
        { additionalProperties: false, description: 'The largest single dose' },
      ),
    ),
    population: Type.Optional(Type.Enum([...POPULATIONS], { type: 'string', description: 'Whose limits apply; adult when absent' })),
  },
  { additionalProperties: false },
);
export type Settings = Static<typeof Settings>;
