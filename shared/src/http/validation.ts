import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MAX_ERRORS, toPointer } from './json-body.ts';
import type { FieldError } from './problem.ts';

const NO_PARAMETERS = { type: 'object', properties: {}, additionalProperties: false };

/** Bodies are taken as they are; query parameters arrive as text, so only there a number may be read from a string. */
export function useStrictValidation(app: FastifyInstance) {
  const strict = makeAjv(false);
  const reading = makeAjv('array');
  app.addHook('onRoute', ({ schema }) => {
    if (schema && !schema.hide) schema.querystring ??= NO_PARAMETERS; // `?att=` must not answer for now
  });
  app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'querystring' ? reading : strict).compile(schema as object));
}

function makeAjv(coerceTypes: false | 'array') {
  const ajv = new Ajv({ allErrors: true, verbose: true, coerceTypes, removeAdditional: false, useDefaults: true, strict: false });
  addFormats.default(ajv, ['uuid', 'date-time']);
  return ajv;
}

/** All faults of a request's form at once: Fastify itself stops at the first part that fails. */
export function formErrors(request: FastifyRequest): FieldError[] {
  const parts = [
    ['body', request.body],
    ['querystring', request.query],
    ['headers', request.headers],
  ] as const;
  const errors = parts.flatMap(([part, value]) => {
    const validate = request.getValidationFunction(part) as ((value: unknown) => boolean) & { errors?: ErrorObject[] | null };
    if (!validate || validate(value)) return [];
    return (validate.errors ?? []).map((error) => describe(error, part));
  });
  // A value of the wrong type fails every other rule of its field as well: one of them says it.
  const wronglyTyped = new Set(errors.filter(({ code }) => code === 'wrong-type').map(({ pointer }) => pointer));
  const told = new Set<string>();
  const isNew = ({ pointer, code }: FieldError) => !told.has(`${pointer} ${code}`) && told.add(`${pointer} ${code}`);
  return errors.filter((error) => (error.code === 'wrong-type' || !wronglyTyped.has(error.pointer)) && isNew(error)).slice(0, MAX_ERRORS);
}

function describe(error: ErrorObject, part: 'body' | 'querystring' | 'headers'): FieldError {
  const field = error.params.missingProperty ?? error.params.additionalProperty;
  const path = error.instancePath.split('/').slice(1).map(unescapePointer);
  if (field !== undefined) path.push(field);
  return { pointer: place(path, part), code: codeOf(error.keyword), detail: detailOf(error) };
}

const unescapePointer = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~');

function place(path: string[], part: 'body' | 'querystring' | 'headers') {
  if (part === 'body') return toPointer(path);
  const name = path.join('/');
  return part === 'querystring' ? `query:${name}` : `header:${name.replaceAll(/(^|-)\w/g, (letter) => letter.toUpperCase())}`;
}

function codeOf(keyword: string) {
  if (keyword === 'additionalProperties') return 'unknown-field';
  if (keyword === 'required') return 'missing-field';
  if (keyword === 'type') return 'wrong-type';
  return /^(min|max|exclusiveM)/.test(keyword) ? 'out-of-range' : 'bad-format';
}

function detailOf({ keyword, params, message, parentSchema }: ErrorObject) {
  if (keyword === 'additionalProperties') return 'This field is not known here.';
  if (keyword === 'required') return 'This field is missing.';
  if (keyword === 'enum') return `Must be one of ${params.allowedValues.join(', ')}.`;
  if (keyword === 'pattern' && parentSchema?.description) return `Must be ${parentSchema.description}.`;
  return `${message?.replace(/^must/, 'Must')}.`;
}
