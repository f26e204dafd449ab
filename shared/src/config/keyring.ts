import { createSecretKey, type KeyObject } from 'node:crypto';
import { Type } from 'typebox';

/** A 32-byte symmetric key with the name that stored values refer to it by. */
export type NamedKey = { readonly id: string; readonly key: KeyObject };

const ENTRY = '[A-Za-z0-9_-]{1,32}:[A-Za-z0-9_-]{43}';

/** `id:key[,id:key …]`: 32-byte keys in base64url without padding. The first is used for what is new, all for what exists. */
export const KeyringVariable = Type.String({
  pattern: `^${ENTRY}(,${ENTRY})*$`,
  description: 'id:key[,id:key …], each key 32 bytes in base64url; the first is used for what is new',
});

/** One 32-byte key in base64url without padding. */
export const KeyVariable = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: '32 bytes in base64url' });

/** @returns the keys in their order; at least one, since the schema asks for it */
export function parseKeyring(variable: string): [NamedKey, ...NamedKey[]] {
  return variable.split(',').map((entry) => {
    const [id = '', key = ''] = entry.split(':');
    return { id, key: parseKey(key) };
  }) as [NamedKey, ...NamedKey[]];
}

export const parseKey = (variable: string): KeyObject => createSecretKey(Buffer.from(variable, 'base64url'));

/** A rule for {@link loadConfig}: a key id that stands twice would make two keys indistinguishable. */
export function uniqueKeyIds(name: string, variable: string): string | undefined {
  const ids = variable.split(',').map((entry) => entry.split(':')[0]);
  return new Set(ids).size === ids.length ? undefined : `${name} names one key id twice`;
}
