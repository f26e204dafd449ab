import { readFileSync } from 'node:fs';
import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';

/** `DATABASE_URL` → `databaseUrl`. */
type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<S>;
export type Config<T extends TObject> = { readonly [K in keyof Static<T> & string as CamelCase<K>]: Static<T>[K] };

type Environment = Record<string, string | undefined>;

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
  const raw: Record<string, unknown> = {};
  for (const name of Object.keys(schema.properties)) {
    const value = readVariable(name, environment, faults);
    if (value !== undefined) raw[name] = value;
  }

  const variables = Value.Convert(schema, Value.Default(schema, raw)) as Record<string, unknown>;
  for (const [name, property] of Object.entries(schema.properties)) {
    if (faults.some((fault) => fault.startsWith(`${name} `) || fault.startsWith(`${name}_FILE `))) continue;
    const { description } = property as { description?: string };
    if (variables[name] === undefined) {
      if (schema.required?.includes(name)) faults.push(`${name} is missing${description ? `: ${description}` : ''}`);
    } else if (!Value.Check(property, variables[name])) {
      faults.push(`${name} is not valid${description ? `: ${description}` : ''}`);
    }
  }
  const config = Object.fromEntries(Object.entries(variables).map(([name, value]) => [camelCase(name), value])) as Config<T>;
  if (faults.length === 0) faults.push(...rules.map((rule) => rule(config)).filter((fault) => fault !== undefined));
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}

function readVariable(name: string, environment: Environment, faults: string[]): string | undefined {
  const direct = environment[name];
  const path = environment[`${name}_FILE`];
  if (direct !== undefined && path !== undefined) {
    faults.push(`${name} and ${name}_FILE are both set: keep one`);
    return undefined;
  }
  if (path === undefined) return direct;
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    faults.push(`${name}_FILE cannot be read (${(error as NodeJS.ErrnoException).code})`);
    return undefined;
  }
}

const camelCase = (name: string) => name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
