import { availableParallelism } from 'node:os';
import type { NamedKey } from '@diabetics/shared/config/keyring';
import { Problem } from '@diabetics/shared/http/problem';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { problems } from '../problems.ts';

/** OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** As many as there are cores, and never all threads of the pool: names and files need one too. */
const PARALLEL_HASHES = Math.max(1, Math.min(availableParallelism(), Number(process.env.UV_THREADPOOL_SIZE ?? 4) - 2));

export type HashedPassword = { passwordHash: string; pepperId: string };

/**
 * Hashes and checks passwords, as many at once as there are cores: more would be slower for everybody. Who comes when the queue
 * is full is told so at once.
 */
export class PasswordHasher {
  readonly #peppers: readonly [NamedKey, ...NamedKey[]];
  readonly #queueLimit: number;
  readonly #slots = pLimit(PARALLEL_HASHES);
  /** Of a password that nobody has: an unknown address costs the same work as a wrong password. */
  #decoy: Promise<HashedPassword> | undefined;

  constructor(peppers: readonly [NamedKey, ...NamedKey[]], queueLimit: number) {
    this.#peppers = peppers;
    this.#queueLimit = queueLimit;
  }

  /** @throws {Problem} busy */
  async hash(password: string): Promise<HashedPassword> {
    const [pepper] = this.#peppers;
    const passwordHash = await this.#inTurn(() => hash(password.normalize('NFKC'), { ...PARAMETERS, secret: pepper.key.export() }));
    return { passwordHash, pepperId: pepper.id };
  }

  /**
   * @param stored undefined for an unknown user; false, after the same work
   * @throws {Problem} busy
   */
  async matches(password: string, stored: HashedPassword | undefined): Promise<boolean> {
    const { passwordHash, pepperId } = stored ?? (await this.decoy());
    const pepper = this.#peppers.find(({ id }) => id === pepperId);
    if (!pepper) throw new Error(`the pepper ${pepperId} of a stored password is not configured`);
    const isRight = await this.#inTurn(() => verify(passwordHash, password.normalize('NFKC'), { secret: pepper.key.export() }));
    return isRight && stored !== undefined;
  }

  /** Made at the start of the service, so that the first unknown address does not wait for it. */
  decoy(): Promise<HashedPassword> {
    this.#decoy ??= this.hash(crypto.randomUUID());
    return this.#decoy;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#slots.pendingCount >= this.#queueLimit) throw new Problem(problems.busy);
    return await this.#slots(work);
  }
}
