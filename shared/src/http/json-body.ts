import type { FastifyInstance, FastifyRequest } from 'fastify';
import { visit } from 'jsonc-parser';
import { type FieldError, Problem } from './problem.ts';
import { commonProblems } from './problems.ts';

/** Deepest nesting of a body; the outermost object is 1. */
const MAX_DEPTH = 32;
const JSON_TYPE = /^application\/json\s*(;|$)/i;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Bodies are JSON read strictly: a twin key, a forbidden key or a number that overflows is refused with its place.
 * Which of two doses is meant is not ours to guess.
 */
export function acceptJsonBodies(app: FastifyInstance) {
  app.removeAllContentTypeParsers();
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const hasBody = Number(request.headers['content-length'] ?? 0) > 0;
    done(hasBody && !isJson(request) ? new Problem(commonProblems.unsupportedMediaType) : null, payload);
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (body.length === 0) return undefined; // an operation without a body takes an empty one of any type
    if (!isJson(request)) throw new Problem(commonProblems.unsupportedMediaType);
    return parseJson(body);
  });
  app.addHook('preValidation', (request, _reply, done) => {
    const { schema, config } = request.routeOptions;
    if (request.body != null || !schema?.body) return done();
    if (!config.bodyIsOptional)
      return done(new Problem(commonProblems.malformedJson, { detail: 'A JSON body is due; the request has none.' }));
    request.body = {};
    done();
  });
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The operation has a body schema and also serves requests without a body. */
    bodyIsOptional?: boolean;
  }
}

const isJson = (request: FastifyRequest) => JSON_TYPE.test(request.headers['content-type'] ?? '');

/** @throws {Problem} malformed-json, duplicate-key or invalid-request */
export function parseJson(body: Buffer): unknown {
  const text = decodeUtf8(body);
  refuseDeepNesting(text); // before anything recursive sees the text
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem(commonProblems.malformedJson);
  }
  const errors = findHiddenFaults(text);
  if (errors.length > 0) {
    throw new Problem(errors.some(({ code }) => code === 'duplicate-key') ? commonProblems.duplicateKey : commonProblems.invalidRequest, {
      errors,
    });
  }
  return value;
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new Problem(commonProblems.malformedJson, { detail: 'The body is not UTF-8.' });
  }
}

function refuseDeepNesting(text: string) {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      if (++depth > MAX_DEPTH)
        throw new Problem(commonProblems.invalidRequest, { detail: `The body is nested deeper than ${MAX_DEPTH} levels.` });
    } else if (character === '}' || character === ']') depth--;
  }
}

/** What JSON.parse passes over in silence. */
function findHiddenFaults(text: string): FieldError[] {
  const errors: FieldError[] = [];
  const keysOfOpenObjects: Set<string>[] = [];
  const fault = (path: readonly (string | number)[], code: string, detail: string) =>
    errors.push({ pointer: toPointer(path), code, detail });
  visit(text, {
    onObjectBegin: () => void keysOfOpenObjects.push(new Set()),
    onObjectEnd: () => void keysOfOpenObjects.pop(),
    onObjectProperty: (key, _offset, _length, _line, _column, parentPath) => {
      const keys = keysOfOpenObjects.at(-1);
      if (keys?.has(key)) fault([...parentPath(), key], 'duplicate-key', 'This key stands twice in its object.');
      if (FORBIDDEN_KEYS.has(key)) fault([...parentPath(), key], 'unknown-field', 'This key is not accepted anywhere.');
      keys?.add(key);
    },
    onLiteralValue: (value, _offset, _length, _line, _column, path) => {
      if (typeof value === 'number' && !Number.isFinite(value))
        fault(path(), 'out-of-range', 'The number is larger than a double can hold.');
    },
  });
  return errors;
}

/** RFC 6901, as a URI fragment. */
export const toPointer = (path: readonly (string | number)[]) =>
  `#${path.map((part) => `/${encodeURI(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`;
