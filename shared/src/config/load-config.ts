import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { Static, TObject } from 'typebox';

/** `DATABASE_URL` → `databaseUrl`. */
type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<S>;
export type Config<T extends TObject> = { readonly [K in keyof Static<T> & string as CamelCase<K>]: Static<T>[K] };

type Environment = Record<string, string | undefined>;

const ajv = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, strict: false });

/** Every fault of a configuration at once. Names variables and rules, never a value: values are secrets. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`configuration: ${faults.length} fault(s)\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/**
 * Reads a configuration from environment variables and checks it as a whole.
 * Each variable comes as `NAME` or, for secrets, as `NAME_FILE`, a path whose content is the value (trailing newline dropped).
 * @param schema one property a variable, named as the variable; `description` says in words what is accepted
 * @param rules further checks across variables; each returns a fault, or undefined
 * @throws {ConfigError} listing every fault
 */
export function loadConfig<T extends TObject>(
  schema: T,
  environment: Environment,
  ...rules: ((config: Config<T>) => string | undefined)[]
): Config<T> {
  const faults: string[] = [];
  const unreadable = new Set<string>();
  const raw: Record<string, unknown> = {};
  for (const name of Object.keys(schema.properties)) {
    const value = readVariable(name, environment);
    if (value instanceof Error) {
      faults.push(value.message);
      unreadable.add(name);
    } else if (value !== undefined) raw[name] = value;
  }

  const isValid = ajv.compile(schema);
  const errors = isValid(raw) ? [] : (isValid.errors ?? []);
  for (const [name, { description }] of Object.entries(schema.properties as Record<string, { description?: string }>)) {
    if (unreadable.has(name)) continue;
    const isMissing = errors.some(({ params }) => params.missingProperty === name);
    const isWrong = errors.some(({ instancePath }) => instancePath === `/${name}`);
    const meaning = description === undefined ? '' : `: ${description}`;
    if (isMissing) faults.push(`${name} is missing${meaning}`);
    else if (isWrong) faults.push(`${name} is not valid${meaning}`);
  }
  const config = Object.fromEntries(Object.entries(raw).map(([name, value]) => [camelCase(name), value])) as Config<T>;
  if (faults.length === 0) faults.push(...rules.map((rule) => rule(config)).filter((fault) => fault !== undefined));
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

function readVariable(name: string, environment: Environment): string | undefined | Error {
  const direct = environment[name];
  const path = environment[`${name}_FILE`];
  if (direct !== undefined && path !== undefined) return new Error(`${name} and ${name}_FILE are both set: keep one`);
  if (path === undefined) return direct;
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    return new Error(`${name}_FILE cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}

const camelCase = (name: string) => name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
