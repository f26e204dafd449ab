import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { LRUCache } from 'lru-cache';
import { DataKeyNotFound } from './errors.ts';
import { type FernetKey, fernetKey, openFernet, sealFernet } from './fernet.ts';
import type { KekProvider } from './kek.ts';
import { formatSealed, parseSealed, type SealedText } from './sealed-text.ts';

/** The one place that a sealed text opens in. Moved to another row, column or person it does not. */
export type Cell = { owner: string; table: string; column: string; rowId: string };

/** What is needed of a row of `data_keys`. */
export type WrappedKey = { version: number; wrapped: string };

const SUITE = 'f1';
const CACHED_OWNERS = 10_000;
const CACHE_TTL_MS = 5 * 60 * 1_000;

/**
 * Seals and opens the cells of one service. Each owner has a random data key, kept wrapped in `data_keys`; each cell is sealed
 * under a key of its own derived from it. Unwrapped keys stay in memory for five minutes at most.
 */
export class Sealer {
  readonly #service: string;
  readonly #keks: KekProvider;
  /** Promises, so that two requests for one owner unwrap once. */
  readonly #dataKeys = new LRUCache<string, Promise<KeyObject>>({ max: CACHED_OWNERS, ttl: CACHE_TTL_MS, ttlResolution: 1_000 });

  constructor(service: string, keks: KekProvider) {
    this.#service = service;
    this.#keks = keks;
  }

  /** Makes the owner's first data key unless there is one. Call it in the transaction that makes the owner. */
  async createDataKey(em: EntityManager, owner: string): Promise<void> {
    const version = 1;
    const wrapped = await this.#keks.wrap(randomBytes(32), { service: this.#service, owner, version });
    // The loser of a race keeps the winner's key: overwriting it would lose what it has sealed.
    await em.execute('insert into data_keys (owner, version, wrapped, kek_id) values (?, ?, ?, ?) on conflict do nothing', [
      owner,
      version,
      wrapped,
      this.#keks.currentId(),
    ]);
  }

  /**
   * Works on the key row that `em` sees, past the cache: in a transaction that is rolled back, a key made in it must leave no trace.
   * @throws {DataKeyNotFound} when the owner has no data key
   */
  async seal(em: EntityManager, cell: Cell, plaintext: string): Promise<SealedText> {
    const [newest] = await em.execute<WrappedKey[]>(
      'select version, wrapped from data_keys where owner = ? order by version desc limit 1',
      [cell.owner],
    );
    if (!newest) throw new DataKeyNotFound();
    return this.sealUnder(newest, cell, plaintext);
  }

  /** For a caller who has read the owner's newest key row already, with something else. */
  async sealUnder({ version, wrapped }: WrappedKey, cell: Cell, plaintext: string): Promise<SealedText> {
    const key = this.#cellKey(await this.#unwrap(cell.owner, version, wrapped), cell);
    return formatSealed(version, sealFernet(key, Buffer.from(plaintext), Math.floor(Date.now() / 1_000)));
  }

  /**
   * @throws {TokenMalformed | TokenNotAuthentic} when the text is not what was sealed for this very cell
   * @throws {DataKeyNotFound}
   */
  async open(em: EntityManager, cell: Cell, sealed: string): Promise<string> {
    const { dataKeyVersion, token } = parseSealed(sealed);
    const dataKey = await this.#dataKey(em, cell.owner, dataKeyVersion);
    return openFernet(this.#cellKey(dataKey, cell), token).toString('utf8');
  }

  #dataKey(em: EntityManager, owner: string, version: number): Promise<KeyObject> {
    const id = `${owner}/${version}`;
    const cached = this.#dataKeys.get(id);
    if (cached) return cached;
    const loading = this.#loadDataKey(em, owner, version);
    if (em.isInTransaction()) return loading; // its row may never be committed
    this.#dataKeys.set(id, loading);
    loading.catch(() => this.#dataKeys.delete(id)); // a failure is not remembered
    return loading;
  }

  async #loadDataKey(em: EntityManager, owner: string, version: number): Promise<KeyObject> {
    const [row] = await em.execute<{ wrapped: string }[]>('select wrapped from data_keys where owner = ? and version = ?', [
      owner,
      version,
    ]);
    if (!row) throw new DataKeyNotFound();
    return this.#unwrap(owner, version, row.wrapped);
  }

  async #unwrap(owner: string, version: number, wrapped: string): Promise<KeyObject> {
    const bytes = await this.#keks.unwrap(wrapped, { service: this.#service, owner, version });
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return key;
  }

  /** HKDF-Expand (RFC 5869) with one block of output. The data key is random, so there is nothing to extract. */
  #cellKey(dataKey: KeyObject, { owner, table, column, rowId }: Cell): FernetKey {
    const info = JSON.stringify([this.#service, SUITE, owner, table, column, rowId]);
    return fernetKey(createHmac('sha256', dataKey).update(info).update('\x01').digest());
  }
}
