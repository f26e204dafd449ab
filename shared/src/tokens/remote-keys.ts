import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { Logger } from 'pino';
import { Problem } from '../http/problem.ts';
import { commonProblems } from '../http/problems.ts';
import type { PublicKeys } from './authenticate.ts';

const REFRESH_EVERY_MS = 5 * 60 * 1_000;
/** How long the last key set serves while auth cannot be reached. */
const GOOD_FOR_MS = 60 * 60 * 1_000;
/** Made-up key ids must not become a load on auth. */
const UNKNOWN_KEY_COOLDOWN_MS = 5_000;
const FETCH_TIMEOUT_MS = 2_000;

/** The public keys of auth, by its JWKS: fetched at first need, refreshed every five minutes, one fetch at a time. */
export class RemoteKeys implements PublicKeys {
  readonly #jwksUrl: string;
  readonly #logger: Logger;
  #pemByKid: ReadonlyMap<string, string> = new Map();
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;
  #refreshing: NodeJS.Timeout | undefined;

  constructor(jwksUrl: string, logger: Logger) {
    this.#jwksUrl = jwksUrl;
    this.#logger = logger;
  }

  async publicPem(kid: string): Promise<string> {
    const age = Date.now() - this.#fetchedAt;
    const known = this.#pemByKid.get(kid);
    if (known && age < GOOD_FOR_MS) return known;
    if (known || age > UNKNOWN_KEY_COOLDOWN_MS) {
      try {
        await this.#fetch();
      } catch (error) {
        throw new Problem(commonProblems.unavailable, {
          detail: 'The keys that access tokens are checked with cannot be read now.',
          cause: error,
        });
      }
    }
    const pem = this.#pemByKid.get(kid);
    if (!pem) throw new Error('no key of the issuer has this id');
    return pem;
  }

  close() {
    clearInterval(this.#refreshing);
  }

  #fetch(): Promise<void> {
    this.#refreshing ??= setInterval(() => {
      this.#fetch().catch((error: unknown) => this.#logger.warn({ err: error }, 'JWKS not refreshed'));
    }, REFRESH_EVERY_MS).unref();
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #load() {
    const response = await fetch(this.#jwksUrl, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' });
    if (!response.ok) throw new Error(`JWKS answered ${response.status}`);
    const { keys } = (await response.json()) as { keys: (JsonWebKey & { kid?: string })[] };
    const usable = keys.filter(({ kty, crv, kid }) => kty === 'EC' && crv === 'P-256' && typeof kid === 'string');
    this.#pemByKid = new Map(usable.map((jwk) => [jwk.kid as string, toPem(jwk)]));
    this.#fetchedAt = Date.now();
  }
}

export const toPem = (jwk: JsonWebKey) => createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
