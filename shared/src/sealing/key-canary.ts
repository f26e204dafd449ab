import { createHmac } from 'node:crypto';
import { defineEntity, p } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { NamedKey } from '../config/keyring.ts';
import { KeyMismatchError } from './errors.ts';

/** A fingerprint of each key of the configuration, written when the key was first used with this database. */
const KeyCanarySchema = defineEntity({
  name: 'KeyCanary',
  tableName: 'key_canaries',
  properties: {
    keyring: p.text().primary(),
    keyId: p.text().primary(),
    fingerprint: p.text(),
  },
});
export class KeyCanary extends KeyCanarySchema.class {}
KeyCanarySchema.setClass(KeyCanary);

type Keyring = {
  keys: readonly NamedKey[];
  /** A query for the ids that rows still name, as `key_id`. */
  inUse?: string;
};

/**
 * Refuses to work with keys that are not the ones this database was used with: a wrong key would lock everybody out, or worse,
 * seal what nobody can open. A refused start leaves nothing behind.
 * @param keyrings by the name of their variable
 * @throws {KeyMismatchError} naming every key that differs and every key that is missing
 */
export async function checkKeys(em: EntityManager, keyrings: Readonly<Record<string, Keyring>>): Promise<void> {
  await em.transactional(async (tx) => {
    const faults: string[] = [];
    for (const [keyring, { keys, inUse }] of Object.entries(keyrings)) {
      for (const { id, key } of keys) {
        const fingerprint = createHmac('sha256', key).update(`canary ${keyring} ${id}`).digest('base64url');
        const canary = [keyring, id, fingerprint];
        await tx.execute('insert into key_canaries (keyring, key_id, fingerprint) values (?, ?, ?) on conflict do nothing', canary);
        const same = await tx.execute<object[]>('select 1 from key_canaries where keyring = ? and key_id = ? and fingerprint = ?', canary);
        if (same.length === 0) faults.push(`${keyring}: the key ${id} is not the one this database was used with`);
      }
      const used = inUse === undefined ? [] : await tx.execute<{ key_id: string }[]>(inUse);
      const missing = used.filter(({ key_id }) => !keys.some(({ id }) => id === key_id));
      for (const { key_id } of missing) faults.push(`${keyring}: the key ${key_id} is missing, and rows still need it`);
    }
    if (faults.length > 0) throw new KeyMismatchError(faults.join('\n'));
  });
}
