import { Type } from 'typebox';

/** A kind of refusal, as a client meets it (RFC 9457). `type` of the answer is `urn:problem-type:diabetics:<code>`. */
export type ProblemType = { readonly code: string; readonly title: string; readonly status: number };

/** One fault of a request. `pointer`: an RFC 6901 fragment into the body, `query:name` or `header:Name`. */
export type FieldError = { readonly pointer: string; readonly code: string; readonly detail: string };

type ProblemOptions = ErrorOptions & {
  /** What to do about it, in a sentence. Never repeats a value that the person sent. */
  detail?: string;
  errors?: readonly FieldError[];
  headers?: Readonly<Record<string, string>>;
  /** Further members of the answer, e.g. `latestVersion`. */
  members?: Readonly<Record<string, unknown>>;
};

/** Thrown anywhere in a request; the problem handler turns it into the answer. */
export class Problem extends Error {
  readonly type: ProblemType;
  readonly options: ProblemOptions;
  constructor(type: ProblemType, options: ProblemOptions = {}) {
    super(type.code, options);
    this.type = type;
    this.options = options;
  }
}

/** The answer of a {@link Problem}. */
export function problemBody(problem: Problem, instance: string, requestId: string) {
  const { type, options } = problem;
  return {
    type: `urn:problem-type:diabetics:${type.code}`,
    title: type.title,
    status: type.status,
    detail: options.detail ?? type.title,
    instance,
    requestId,
    code: type.code,
    ...(options.errors && { errors: options.errors }),
    ...options.members,
  };
}

const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:problem-type:diabetics:<code>' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String(),
    instance: Type.String(),
    requestId: Type.String(),
    code: Type.String(),
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String(), code: Type.String(), detail: Type.String() }, { additionalProperties: true })),
    ),
  },
  { additionalProperties: true, description: 'RFC 9457' },
);

/** For the `response` of an operation: what its refusals look like. */
export const problemResponses = {
  '4xx': { description: 'Refused', content: { 'application/problem+json': { schema: ProblemSchema } } },
  '5xx': { description: 'Failed', content: { 'application/problem+json': { schema: ProblemSchema } } },
};
