import { generateKeyPairSync, randomUUIDv7 } from 'node:crypto';
import type { PublicKeys } from '@diabetics/shared/tokens/authenticate';
import { SIGNING_ALGORITHM, TOKEN_TYPE, type AccessTokenClaims } from '@diabetics/shared/tokens/claims';
import type { Sealer } from '@diabetics/shared/sealing/sealer';
import { toPem } from '@diabetics/shared/tokens/remote-keys';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { createSigner } from 'fast-jwt';
import { calculateJwkThumbprint } from 'jose';
import type { Logger } from 'pino';
import { privateKeyCell, SERVICE_OWNER, SigningKey } from './signing-key.entity.ts';

/** Any number, the same for all replicas: one of them makes the first keys. */
const LOCK = 471_300;
const POLL_EVERY_MS = 10_000;

type Sign = (claims: AccessTokenClaims) => string;
type KeySet = { active: { kid: string; sign: Sign }; pemByKid: ReadonlyMap<string, string>; jwks: { keys: Record<string, string>[] } };

/** The keys that sign and verify access tokens. They live in the database, so that all replicas agree; each polls for changes. */
export class SigningKeys implements PublicKeys {
  readonly #orm: Pick<MikroORM, 'em'>;
  readonly #sealer: Sealer;
  readonly #logger: Logger;
  #keys: KeySet | undefined;
  #polling: NodeJS.Timeout | undefined;

  constructor(orm: Pick<MikroORM, 'em'>, sealer: Sealer, logger: Logger) {
    this.#orm = orm;
    this.#sealer = sealer;
    this.#logger = logger;
  }

  /** Makes the first keys of an empty database: one that signs at once and one that is published to follow it. */
  async start() {
    await this.#em().transactional(async (tx) => {
      await tx.execute(`select pg_advisory_xact_lock(${LOCK})`);
      await this.#sealer.createDataKey(tx, SERVICE_OWNER);
      for (const state of ['active', 'next'] as const) {
        if ((await tx.count(SigningKey, { state })) === 0) await this.#create(tx, state);
      }
    });
    await this.#load();
    this.#polling = setInterval(() => {
      this.#load().catch((error: unknown) => this.#logger.warn({ err: error }, 'signing keys not read again'));
    }, POLL_EVERY_MS).unref();
  }

  close() {
    clearInterval(this.#polling);
  }

  sign(claims: AccessTokenClaims): string {
    return this.#loaded().active.sign(claims);
  }

  async publicPem(kid: string): Promise<string> {
    const pem = this.#loaded().pemByKid.get(kid);
    if (!pem) throw new Error('no signing key has this id');
    return pem;
  }

  /** RFC 7517; what verifiers may rely on now or soon. */
  get jwks() {
    return this.#loaded().jwks;
  }

  async #create(tx: EntityManager, state: 'active' | 'next') {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = publicKey.export({ format: 'jwk' }) as Record<string, string>;
    const kid = await calculateJwkThumbprint(jwk);
    const id = randomUUIDv7();
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await tx.insert(SigningKey, {
      id,
      kid,
      state,
      publicJwk: { ...jwk, kid, use: 'sig', alg: SIGNING_ALGORITHM },
      privateKey: await this.#sealer.seal(tx, privateKeyCell(id), pem),
      ...(state === 'active' && { activatedAt: new Date() }),
    });
  }

  async #load() {
    const em = this.#em();
    const rows = await em.find(SigningKey, { state: { $ne: 'removed' } }, { orderBy: { createdAt: 'asc' } });
    const active = rows.find(({ state }) => state === 'active');
    if (!active) throw new Error('no signing key is active');
    const sign =
      this.#keys?.active.kid === active.kid
        ? this.#keys.active.sign
        : createSigner({
            key: await this.#sealer.open(em, privateKeyCell(active.id), active.privateKey),
            algorithm: SIGNING_ALGORITHM,
            kid: active.kid,
            header: { alg: SIGNING_ALGORITHM, typ: TOKEN_TYPE },
          });
    this.#keys = {
      active: { kid: active.kid, sign: sign as Sign },
      pemByKid: new Map(rows.map(({ kid, publicJwk }) => [kid, toPem(publicJwk)])),
      jwks: { keys: rows.map(({ publicJwk }) => publicJwk) },
    };
  }

  #loaded(): KeySet {
    if (!this.#keys) throw new Error('signing keys are not loaded yet');
    return this.#keys;
  }

  #em() {
    return this.#orm.em.fork();
  }
}
