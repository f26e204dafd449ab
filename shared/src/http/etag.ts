/** RFC 9110, weak comparison, for If-None-Match: `*`, or a list with the tag in it. */
export const matchesTag = (header: string | undefined, etag: string) =>
  header !== undefined && header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
