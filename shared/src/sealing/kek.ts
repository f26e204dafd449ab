import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import type { NamedKey } from '../config/keyring.ts';
import { KeyMismatchError } from './errors.ts';

/** Whose data key it is. All three are bound into the wrapping: a wrapped key does not unwrap for somebody else. */
export type DataKeyContext = { service: string; owner: string; version: number };

/** Wraps data keys under key encryption keys (KEKs). A vault or a cloud KMS can stand behind the same three functions. */
export type KekProvider = {
  /** Id of the KEK that new wrappings are made with. */
  currentId(): string;
  wrap(dataKey: Buffer, context: DataKeyContext): Promise<string>;
  /** @throws {KeyMismatchError} when no KEK with that id is configured, or it is not the same key */
  unwrap(wrapped: string, context: DataKeyContext): Promise<Buffer>;
};

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * KEKs from the configuration: the first wraps, all unwrap. AES-256-GCM with the context as associated data;
 * `k1.<KEK id>.<base64url(nonce, ciphertext, tag)>`.
 */
export function localKeks(keks: readonly [NamedKey, ...NamedKey[]]): KekProvider {
  const [current] = keks;
  const byId = new Map<string, KeyObject>(keks.map(({ id, key }) => [id, key]));
  return {
    currentId: () => current.id,
    async wrap(dataKey, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce, { authTagLength: TAG_BYTES }).setAAD(associatedData(context));
      const ciphertext = Buffer.concat([cipher.update(dataKey), cipher.final()]);
      return `k1.${current.id}.${Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('base64url')}`;
    },
    async unwrap(wrapped, context) {
      const [suite, id = '', encoded = ''] = wrapped.split('.');
      const kek = byId.get(id);
      if (suite !== 'k1' || !kek) throw new KeyMismatchError('no KEK of the configuration has the id that a data key was wrapped with');
      const bytes = Buffer.from(encoded, 'base64url');
      // Without an explicit tag length Node takes tags of 4 bytes, which can be forged.
      const decipher = createDecipheriv('aes-256-gcm', kek, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(associatedData(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch {
        throw new KeyMismatchError('a data key does not unwrap under the KEK it names');
      }
    },
  };
}

const associatedData = ({ service, owner, version }: DataKeyContext) => Buffer.from(JSON.stringify([service, 'dek', owner, version]));
