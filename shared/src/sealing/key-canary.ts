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

/**
 * Refuses to work with keys that are not the ones this database was used with: a wrong key would lock everybody out, or worse,
 * seal what nobody can open.
 * @param keyrings by the name of their variable
 * @throws {KeyMismatchError} naming every key that differs, and a KEK that is missing
 */
export async function checkKeys(em: EntityManager, keyrings: Readonly<Record<string, readonly NamedKey[]>>): Promise<void> {
  const faults: string[] = [];
  for (const [keyring, keys] of Object.entries(keyrings)) {
    for (const { id, key } of keys) {
      const fingerprint = createHmac('sha256', key).update(`canary ${keyring} ${id}`).digest('base64url');
      await em.execute('insert into key_canaries (keyring, key_id, fingerprint) values (?, ?, ?) on conflict do nothing', [
        keyring,
        id,
        fingerprint,
      ]);
      const [known] = await em.execute<{ fingerprint: string }[]>('select fingerprint from key_canaries where keyring = ? and key_id = ?', [
        keyring,
        id,
      ]);
      if (known?.fingerprint !== fingerprint) faults.push(`${keyring}: the key ${id} is not the one this database was used with`);
    }
  }
  const kekIds = keyrings.KEKS?.map(({ id }) => id) ?? [];
  const [missing] = await em.execute<{ kek_id: string }[]>(
    `select kek_id from data_keys where kek_id not in (${kekIds.map(() => '?').join(', ')}) limit 1`,
    kekIds,
  );
  if (missing) faults.push(`KEKS: the key ${missing.kek_id} is missing, and data keys are still wrapped under it`);
  if (faults.length > 0) throw new KeyMismatchError(faults.join('\n'));
}
