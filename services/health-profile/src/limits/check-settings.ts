import type { Settings } from '../settings/settings.schema.ts';
import type { Finding } from './finding.ts';
import { checkRanges } from './ranges.ts';
import { checkPeak } from './rules/peak-below-half-duration.ts';
import { checkScheduleOrder } from './rules/schedule-order.ts';
import { checkSuspendBelowTarget } from './rules/suspend-below-target.ts';
import { checkTargetOrder } from './rules/target-order.ts';
import { checkTimeZone } from './rules/time-zone.ts';

const checks = [checkTimeZone, checkScheduleOrder, checkRanges, checkTargetOrder, checkSuspendBelowTarget, checkPeak];

/** All findings of a document at once, in the order of the checks. */
export const checkSettings = (settings: Settings): Finding[] => checks.flatMap((check) => check(settings));
