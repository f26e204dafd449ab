import { Problem } from '@diabetics/shared/http/problem';
import { Type } from 'typebox';
import { problems } from '../problems.ts';

const TAG = '(W/)?"[^"]*"';
/** Empty elements of a list are passed over (RFC 9110, 5.6.1.2). */
const TAGS = `^[\\s,]*${TAG}(\\s*,[\\s,]*${TAG})*[\\s,]*$`;

/** Headers of a write. `If-Match: *` does not say which version is meant, so it has not the form. */
export const WriteHeaders = Type.Object({
  'if-match': Type.Optional(Type.String({ pattern: TAGS, description: 'one or more entity tags, as in "3"; not *' })),
  'if-none-match': Type.Optional(Type.String({ pattern: '^\\s*\\*\\s*$', description: '*, for the first version' })),
});
type WriteHeaders = { 'if-match'?: string; 'if-none-match'?: string };

/**
 * The versions that a write may follow; `If-None-Match: *` means 0.
 * @throws {Problem} precondition-required
 */
export function replaceableVersions(headers: WriteHeaders): number[] {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch !== undefined) {
    const named = strongTags(ifMatch).flatMap(versionInTag);
    return ifNoneMatch === undefined ? named : named.filter((version) => version === 0); // both must hold
  }
  if (ifNoneMatch !== undefined) return [0];
  throw new Problem(problems.preconditionRequired, {
    detail: 'Send If-Match with the ETag of the profile you read, or If-None-Match: * for the first version.',
  });
}

/** RFC 9110, strong comparison: a weak tag never matches. */
const strongTags = (header: string) => [...header.matchAll(/(W\/)?"([^"]*)"/g)].flatMap(([, weak, tag = '']) => (weak ? [] : [tag]));

const versionInTag = (tag: string) => (/^(0|[1-9]\d{0,9})(-(0|[1-9]\d{0,9}))?$/.test(tag) ? [Number.parseInt(tag, 10)] : []);
