import { Problem } from '@diabetics/shared/http/problem';
import { Type } from 'typebox';
import { problems } from '../problems.ts';

const TAG = '(W/)?"[^"]*"';
const TAGS = `^\\s*${TAG}(\\s*,\\s*${TAG})*\\s*$`;

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
  if (headers['if-match'] !== undefined) return strongTags(headers['if-match']).flatMap(versionInTag);
  if (headers['if-none-match'] !== undefined) return [0];
  throw new Problem(problems.preconditionRequired, {
    detail: 'Send If-Match with the ETag of the profile you read, or If-None-Match: * for the first version.',
  });
}

/** RFC 9110: `*`, or the very tag of the answer. */
export const matchesTag = (header: string | undefined, etag: string) =>
  header !== undefined && header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);

/** RFC 9110, strong comparison: a weak tag never matches. */
const strongTags = (header: string) => [...header.matchAll(/(W\/)?"([^"]*)"/g)].flatMap(([, weak, tag = '']) => (weak ? [] : [tag]));

const versionInTag = (tag: string) => (/^(0|[1-9]\d{0,9})(-(0|[1-9]\d{0,9}))?$/.test(tag) ? [Number.parseInt(tag, 10)] : []);
