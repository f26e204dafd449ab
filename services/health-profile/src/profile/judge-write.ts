import { type FieldError, Problem } from '@diabetics/shared/http/problem';
import type { Finding } from '../limits/finding.ts';
import { problems } from '../problems.ts';

/** A client's clock may be slow, and an answer late. */
const TAKEN_AS_NOW_MS = 5 * 60 * 1_000;
const AT_MOST_AHEAD_MS = 24 * 60 * 60 * 1_000;

type Write = { effectiveFrom?: string; acknowledgements?: { finding: string }[] };

/**
 * Judges what a well-formed write asks for, all faults at once.
 * @returns the instant from which it is to hold
 * @throws {Problem} settings-refused, effective-from-out-of-range
 */
export function judgeWrite({ effectiveFrom, acknowledgements = [] }: Write, findings: Finding[], now: Date): Date {
  const requested = effectiveFrom === undefined ? now.getTime() : Date.parse(effectiveFrom);
  const isInRange = requested >= now.getTime() - TAKEN_AS_NOW_MS && requested <= now.getTime() + AT_MOST_AHEAD_MS;
  const timeErrors: FieldError[] = isInRange
    ? []
    : [{ pointer: '#/effectiveFrom', code: 'effective-from-out-of-range', detail: 'Must be from 5 minutes ago to 24 hours ahead.' }];
  const unused: FieldError[] = acknowledgements.map((_, index) => ({
    pointer: `#/acknowledgements/${index}/finding`,
    code: 'unused-acknowledgement',
    detail: 'None of the findings has this id.',
  }));

  if (findings.length + unused.length > 0) throw new Problem(problems.settingsRefused, { errors: [...findings, ...unused, ...timeErrors] });
  if (timeErrors.length > 0) throw new Problem(problems.effectiveFromOutOfRange, { errors: timeErrors });
  return new Date(Math.max(requested, now.getTime()));
}
