import { type FieldError, Problem } from '@diabetics/shared/http/problem';
import { Type } from 'typebox';
import { problems } from '../problems.ts';

const MAX_LENGTH = 256;

/** Any text at all as a password to check; what may become one is judged by {@link requireAcceptable}. */
export const Password = Type.String({ maxLength: 1024, description: 'a password' });

/**
 * NIST SP 800-63B-4: a minimum length, counted in code points, and no rules of composition.
 * @param pointer where the password stands in the body
 * @throws {Problem} password-refused
 */
export function requireAcceptable(password: string, minLength: number, pointer: string): void {
  const length = Array.from(password.normalize('NFKC')).length;
  const errors: FieldError[] = [];
  if (length < minLength) errors.push({ pointer, code: 'too-short', detail: `A password needs at least ${minLength} characters.` });
  if (length > MAX_LENGTH) errors.push({ pointer, code: 'too-long', detail: `A password has at most ${MAX_LENGTH} characters.` });
  if (errors.length > 0) throw new Problem(problems.passwordRefused, { errors });
}
