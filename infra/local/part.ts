import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcessRecord, recordProcess, signalGroup } from './processes.ts';

export type PartDefinition = {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** Run as somebody else: PostgreSQL refuses to be root. */
  user?: { uid: number; gid: number };
  logFile: string;
  stopSignal: NodeJS.Signals;
  /** Resolves once the part does its work; called again until then. */
  ready: () => Promise<unknown>;
};

type PartEvents = {
  onStart: (record: ProcessRecord) => void;
  onRestarted: () => void;
  onDeath: (line: string) => void;
  onGivenUp: (line: string) => void;
};

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 28_000;
const GIVEN_UP_AFTER = { deaths: 5, withinMs: 60_000 };
const BACK_OFF_MS = { first: 200, longest: 5_000 };

/** One supervised process. A death is followed by a restart with back-off; five within a minute end the run. */
export class Part {
  readonly definition: PartDefinition;
  readonly #events: PartEvents;
  #child: ChildProcess | undefined;
  #stopping = false;
  #deaths: number[] = [];

  constructor(definition: PartDefinition, events: PartEvents) {
    this.definition = definition;
    this.#events = events;
  }

  get pid() {
    return this.#child?.pid ?? 0;
  }

  /** @throws with the end of the part's log, when it dies or does not get ready */
  async start() {
    const child = this.#spawn();
    const died = once(child, 'exit').then(([code, signal]) => {
      throw new Error(this.#story(`ended at once (${signal ?? `exit ${code}`})`));
    });
    await Promise.race([this.#untilReady(), died]);
    died.catch(() => {}); // from here on its death is for the supervisor
    child.once('exit', (code, signal) => void this.#recover(signal ?? `exit ${code}`));
  }

  async stop() {
    this.#stopping = true;
    const child = this.#child;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    signalGroup(child.pid, this.definition.stopSignal);
    const timer = setTimeout(() => signalGroup(child.pid as number, 'SIGKILL'), STOP_WITHIN_MS);
    await exited;
    clearTimeout(timer);
  }

  #spawn(): ChildProcess {
    const { command, args, env, cwd, user, logFile, name } = this.definition;
    const log = openSync(logFile, 'a', 0o600); // a file, not a pipe: the part must outlive us for a moment
    const child = spawn(command, args, {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', log, log],
      detached: true,
      ...user,
    });
    closeSync(log);
    child.on('error', () => {}); // `exit` does not follow: the readiness check tells
    this.#child = child;
    if (child.pid) this.#events.onStart(recordProcess(name, child.pid));
    return child;
  }

  async #untilReady() {
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      try {
        return await this.definition.ready();
      } catch {
        if (this.#stopping) return;
        if (!this.#child?.pid) throw new Error(`${this.definition.name} could not be started: ${this.definition.command}`);
        if (Date.now() > deadline) throw new Error(this.#story(`was not ready after ${READY_WITHIN_MS / 1_000} s`));
        await sleep(50);
      }
    }
  }

  async #recover(how: string) {
    const { name } = this.definition;
    for (let backOffMs = BACK_OFF_MS.first; !this.#stopping; backOffMs = Math.min(backOffMs * 2, BACK_OFF_MS.longest)) {
      const now = Date.now();
      this.#deaths = [...this.#deaths, now].filter((at) => at > now - GIVEN_UP_AFTER.withinMs);
      if (this.#deaths.length >= GIVEN_UP_AFTER.deaths)
        return this.#events.onGivenUp(this.#story(`died ${this.#deaths.length} times in a minute`));
      this.#events.onDeath(`${name} died (${how}), restarting`);
      await sleep(backOffMs);
      if (this.#stopping) return;
      try {
        await this.start();
        return this.#events.onRestarted();
      } catch (error) {
        how = (error as Error).message.split('\n')[0] ?? '';
        await this.#endLeftover();
      }
    }
  }

  /** A start that was given up may still have its process. */
  async #endLeftover() {
    const child = this.#child;
    if (child?.pid && child.exitCode === null && child.signalCode === null) {
      signalGroup(child.pid, 'SIGKILL');
      await once(child, 'exit');
    }
  }

  #story(what: string) {
    const { name, logFile } = this.definition;
    const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8);
    return [`${name} ${what}. The end of ${logFile}:`, ...tail.map((line) => `    ${line}`)].join('\n');
  }
}
