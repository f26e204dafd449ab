import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { completeSecrets, type Secrets } from '@diabetics/setup/secrets';
import { endLeftOver, type ProcessRecord } from './processes.ts';

/** Everything a stack keeps between two runs. */
export class StateFolder {
  readonly path: string;
  readonly #records = new Map<string, ProcessRecord>();

  constructor(path: string) {
    this.path = path;
    const isNew = mkdirSync(path, { recursive: true }) !== undefined;
    // Others may pass through, to the data folder that is PostgreSQL's own, and see nothing: all else is 0600 or 0700.
    if (isNew) chmodSync(path, 0o711);
    mkdirSync(this.in('logs'), { recursive: true, mode: 0o700 });
    mkdirSync(this.in('mail'), { recursive: true, mode: 0o700 });
  }

  in(...parts: string[]) {
    return join(this.path, ...parts);
  }

  /**
   * Makes this process the only stack of the folder, for as long as it lives: the kernel gives the name back at its death.
   * @throws when a living stack has it
   */
  async claim() {
    const lock = createServer().unref();
    lock.listen(`\0diabetics-stack-${createHash('sha256').update(this.path).digest('hex')}`);
    try {
      await once(lock, 'listening');
    } catch {
      throw new Error(`A stack is running in ${this.path} already. Stop it first, or set STATE_DIR and EDGE_PORT for a second one.`);
    }
  }

  /** Ends the parts that a killed stack left running. */
  async endLeftOvers(say: (line: string) => void) {
    const left = this.#read<ProcessRecord[]>('processes.json') ?? [];
    for (const record of left.toReversed()) if (await endLeftOver(record)) say(`ended ${record.name}, left by a run that was killed`);
    rmSync(this.in('stack.json'), { force: true });
  }

  record(process: ProcessRecord) {
    this.#records.set(process.name, process);
    this.write('processes.json', [...this.#records.values()]);
  }

  secrets(): Secrets {
    const secrets = completeSecrets(this.#read<Partial<Secrets>>('secrets.json') ?? {});
    this.write('secrets.json', secrets);
    return secrets;
  }

  /** Whole or not at all, readable by this user only. */
  write(name: string, content: unknown) {
    const temporary = this.in(`${name}.new`);
    writeFileSync(temporary, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, this.in(name));
  }

  remove(name: string) {
    rmSync(this.in(name), { force: true });
  }

  #read<T>(name: string): T | undefined {
    return existsSync(this.in(name)) ? (JSON.parse(readFileSync(this.in(name), 'utf8')) as T) : undefined;
  }
}
