import type { FastifyInstance, FastifyRequest } from 'fastify';
import { visit } from 'jsonc-parser';
import { type FieldError, Problem, type ProblemType } from './problem.ts';
import { commonProblems } from './problems.ts';

/** Deepest nesting of a body; the outermost object is 1. */
const MAX_DEPTH = 32;
/** Far above what a person's mistakes can reach; bounds the answer to a hostile body. */
export const MAX_ERRORS = 200;
const JSON_TYPE = /^application\/json\s*(;|$)/i;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The operation has a body schema and also serves requests without a body. */
    bodyIsOptional?: boolean;
  }
}

/** JSON that parses and still has faults that no schema sees. The body is kept: its other faults are told with these. */
export class HiddenFaults extends Problem {
  readonly body: unknown;
  readonly errors: readonly FieldError[];
  constructor(type: ProblemType, body: unknown, errors: readonly FieldError[]) {
    super(type, { errors });
    this.body = body;
    this.errors = errors;
  }
}

/**
 * Bodies are JSON read strictly: a twin key, a forbidden key or a number that no double holds is refused with its place.
 * Which of two doses is meant is not ours to guess.
 */
export function acceptJsonBodies(app: FastifyInstance) {
  app.removeAllContentTypeParsers();
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const { headers } = request;
    const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
    if (isEmpty) delete headers['content-type']; // an empty body passes with any
    done(isEmpty || isJson(request) ? null : new Problem(commonProblems.unsupportedMediaType), payload);
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) =>
    body.length === 0 ? undefined : parseJson(body),
  );
  app.addHook('preValidation', (request, _reply, done) => {
    const { schema, config } = request.routeOptions;
    if (request.body !== undefined || !schema?.body) return done();
    if (!config.bodyIsOptional)
      return done(new Problem(commonProblems.malformedJson, { detail: 'A JSON body is due; the request has none.' }));
    request.body = {};
    done();
  });
}

const isJson = ({ headers }: FastifyRequest) => JSON_TYPE.test(headers['content-type'] ?? '');

/** @throws {Problem} malformed-json, duplicate-key or invalid-request */
export function parseJson(bytes: Buffer): unknown {
  refuseDeepNesting(bytes.toString('latin1')); // before anything recursive sees it; brackets are the same in every encoding
  const text = decodeUtf8(bytes);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Problem(commonProblems.malformedJson);
  }
  const errors = findHiddenFaults(text);
  if (errors.length === 0) return body;
  const isAmbiguous = errors.some(({ code }) => code === 'duplicate-key');
  throw new HiddenFaults(isAmbiguous ? commonProblems.duplicateKey : commonProblems.invalidRequest, body, errors.slice(0, MAX_ERRORS));
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
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
      if (++depth <= MAX_DEPTH) continue;
      const detail = `The body is nested deeper than ${MAX_DEPTH} levels.`;
      throw new Problem(commonProblems.invalidRequest, { detail, errors: [{ pointer: '#', code: 'out-of-range', detail }] });
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
      if (!key.isWellFormed()) fault([...parentPath(), key], 'unknown-field', 'This key is not well-formed Unicode.');
      keys?.add(key);
    },
    onLiteralValue: (value, offset, length, _line, _column, path) => {
      if (typeof value === 'string' && !value.isWellFormed()) fault(path(), 'bad-format', 'The text is not well-formed Unicode.');
      if (typeof value === 'number' && !isHeldByDouble(value, text.slice(offset, offset + length)))
        fault(path(), 'out-of-range', 'The number is larger or smaller than a double can hold.');
    },
  });
  return errors;
}

/** 1e400 would become infinite, 1e-400 would become 0. */
const isHeldByDouble = (value: number, written: string) =>
  Number.isFinite(value) && (value !== 0 || !/[1-9]/.test(written.split(/e/i, 1)[0] ?? ''));

/** RFC 6901, as a URI fragment. */
export const toPointer = (path: readonly (string | number)[]) => `#${path.map((part) => `/${encodePart(String(part))}`).join('')}`;

const encodePart = (part: string) => encodeURI(part.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')).replaceAll('#', '%23');
