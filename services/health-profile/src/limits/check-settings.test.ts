import { describe, expect, it } from 'vitest';
import { POPULATIONS, type Settings } from '../settings/settings.schema.ts';
import { checkSettings } from './check-settings.ts';

const base: Settings = {
  timeZone: 'Europe/Madrid',
  insulinSensitivity: { unit: 'mg/dL/U', segments: [{ start: '00:00', value: 45 }] },
  carbRatio: { unit: 'g/U', segments: [{ start: '00:00', value: 10 }] },
};
const findings = (change: Partial<Settings>) =>
  checkSettings({ ...base, ...change }).map(({ pointer, code, limit }) =>
    [pointer, code, ...(limit === undefined ? [] : [limit])].join(' '),
  );

const sensitivity = (unit: 'mg/dL/U' | 'mmol/L/U', value: number, population?: Settings['population']): Partial<Settings> => ({
  insulinSensitivity: { unit, segments: [{ start: '00:00', value }] },
  ...(population && { population }),
});
const ratio = (value: number): Partial<Settings> => ({ carbRatio: { unit: 'g/U', segments: [{ start: '00:00', value }] } });
const basal = (value: number): Partial<Settings> => ({ basalRate: { unit: 'U/h', segments: [{ start: '00:00', value }] } });
const target = (unit: 'mg/dL' | 'mmol/L', low: number, high: number): Partial<Settings> => ({
  glucoseTarget: { unit, segments: [{ start: '00:00', low, high }] },
});
const suspend = (unit: 'mg/dL' | 'mmol/L', value: number): Partial<Settings> => ({ suspendThreshold: { unit, value } });
const action = (durationMinutes: number, peakMinutes: number): Partial<Settings> => ({
  insulinAction: { curve: 'exponential', durationMinutes, peakMinutes },
});
const bolus = (value: number): Partial<Settings> => ({ maxBolus: { unit: 'U', value } });

describe('ranges: a value at the limit is inside', () => {
  it.each<[string, (value: number) => Partial<Settings>, number, number, number]>([
    ['sensitivity, mg/dL', (value) => sensitivity('mg/dL/U', value), 2, 1000, 0.0001],
    ['sensitivity, mg/dL, child', (value) => sensitivity('mg/dL/U', value, 'child'), 2, 2000, 0.0001],
    ['sensitivity, mmol/L', (value) => sensitivity('mmol/L/U', value), 0.11, 55.5, 0.0001],
    ['sensitivity, mmol/L, child', (value) => sensitivity('mmol/L/U', value, 'child'), 0.11, 111, 0.0001],
    ['carb ratio', ratio, 0.3, 250, 0.0001],
    ['basal rate', basal, 0, 35, 0.0001],
    ['suspend threshold, mg/dL', (value) => suspend('mg/dL', value), 54, 120, 0.0001],
    ['suspend threshold, mmol/L', (value) => suspend('mmol/L', value), 3.0, 6.7, 0.0001],
    ['maximum bolus', bolus, 0.01, 60, 0.0001],
  ])('%s', (_, change, min, max, step) => {
    expect(findings(change(min))).toEqual([]);
    expect(findings(change(max))).toEqual([]);
    expect(findings(change(min - step)).join()).toContain(`out-of-range ${min}`);
    expect(findings(change(max + step)).join()).toContain(`out-of-range ${max}`);
  });

  it.each(['mg/dL', 'mmol/L'] as const)('glucose target, %s', (unit) => {
    const [min, max, step] = unit === 'mg/dL' ? [60, 270, 1] : [3.3, 15, 0.1];
    expect(findings(target(unit, min, max))).toEqual([]);
    expect(findings(target(unit, min - step, max + step))).toEqual([
      `#/settings/glucoseTarget/segments/0/low out-of-range ${min}`,
      `#/settings/glucoseTarget/segments/0/high out-of-range ${max}`,
    ]);
  });

  it('insulin action', () => {
    expect(findings(action(120, 20))).toEqual([]);
    expect(findings(action(600, 180))).toEqual([]);
    expect(findings(action(119, 19))).toEqual([
      '#/settings/insulinAction/durationMinutes out-of-range 120',
      '#/settings/insulinAction/peakMinutes out-of-range 20',
    ]);
    expect(findings(action(601, 181))).toEqual([
      '#/settings/insulinAction/durationMinutes out-of-range 600',
      '#/settings/insulinAction/peakMinutes out-of-range 180',
    ]);
  });

  it.each([27.8, 3.3, 0.56, 0.1 + 0.2])('takes decimals as written: %d', (value) => {
    expect(findings(sensitivity('mmol/L/U', value))).toEqual([]);
  });

  it('says for whom a refused value would be possible', () => {
    const [finding] = checkSettings({ ...base, ...sensitivity('mg/dL/U', 1500) });

    expect(finding).toMatchObject({ insideFor: ['child'], unit: 'mg/dL/U', retryable: false, tier: 'reject' });
    expect(checkSettings({ ...base, ...sensitivity('mg/dL/U', 5000) })[0]).not.toHaveProperty('insideFor');
  });

  it.each(POPULATIONS)('has limits for every setting of population %s', (population) => {
    const everything = {
      ...sensitivity('mg/dL/U', 45),
      ...basal(1),
      ...target('mg/dL', 100, 110),
      ...suspend('mg/dL', 75),
      ...action(360, 75),
      ...bolus(5),
      population,
    };
    expect(findings(everything)).toEqual([]);
    expect(findings({ ...everything, ...sensitivity('mmol/L/U', 2.5), ...target('mmol/L', 5.5, 6), ...suspend('mmol/L', 4) })).toEqual([]);
  });
});

describe('rules', () => {
  const schedule = (...starts: string[]): Partial<Settings> => ({
    basalRate: { unit: 'U/h', segments: starts.map((start) => ({ start, value: 1 })) },
  });

  it('first-segment-not-midnight', () => {
    expect(findings(schedule('00:01', '06:00'))).toEqual(['#/settings/basalRate/segments/0/start first-segment-not-midnight']);
  });

  it('segments-not-rising: also equal starts with equal values', () => {
    expect(findings(schedule('00:00', '06:00', '06:00', '05:00'))).toEqual([
      '#/settings/basalRate/segments/2/start segments-not-rising',
      '#/settings/basalRate/segments/3/start segments-not-rising',
    ]);
  });

  it('target-low-above-high', () => {
    expect(findings(target('mg/dL', 110, 110))).toEqual([]);
    expect(findings(target('mg/dL', 111, 110))).toEqual(['#/settings/glucoseTarget/segments/0 target-low-above-high']);
  });

  it('suspend-above-target: in one unit and across units', () => {
    expect(findings({ ...target('mg/dL', 100, 110), ...suspend('mg/dL', 100) })).toEqual([]);
    expect(findings({ ...target('mg/dL', 100, 110), ...suspend('mg/dL', 101) })).toEqual([
      '#/settings/suspendThreshold/value suspend-above-target',
    ]);
    expect(findings({ ...target('mg/dL', 72.06236, 110), ...suspend('mmol/L', 4) })).toEqual([]); // 4 × 18.01559 exactly
    expect(findings({ ...target('mg/dL', 72.06235, 110), ...suspend('mmol/L', 4) })).toEqual([
      '#/settings/suspendThreshold/value suspend-above-target',
    ]);
  });

  it('peak-not-below-half-duration', () => {
    expect(findings(action(361, 180))).toEqual([]);
    expect(findings(action(360, 180))).toEqual(['#/settings/insulinAction/peakMinutes peak-not-below-half-duration']);
  });

  it.each(['US/Pacific', 'Etc/GMT+3', 'UTC', 'America/Argentina/Buenos_Aires'])('knows the zone %s', (timeZone) => {
    expect(findings({ timeZone })).toEqual([]);
  });

  it.each(['europe/madrid', '+02:00', 'UTC+2', 'Europe/Atlantis', 'GMT+2', 'Factory', 'constructor'])(
    'unknown-time-zone: %s',
    (timeZone) => {
      expect(findings({ timeZone })).toEqual(['#/settings/timeZone unknown-time-zone']);
    },
  );

  it('tells all findings at once', () => {
    expect(findings({ timeZone: 'x', ...ratio(0.1), ...target('mg/dL', 50, 40), ...action(100, 60) })).toHaveLength(7);
  });
});
