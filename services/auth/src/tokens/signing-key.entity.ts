import { type SealedText, sealedCheck, SealedTextType } from '@diabetics/shared/sealing/sealed-text';
import { defineEntity, p } from '@mikro-orm/core';

/** `next` is published and does not sign yet; `active` signs; `retired` is published until its last token has expired. */
export const SIGNING_KEY_STATES = ['next', 'active', 'retired', 'removed'] as const;

const SigningKeySchema = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_keys',
  properties: {
    id: p.uuid().primary(),
    /** RFC 7638 thumbprint of the public half. */
    kid: p.text().unique(),
    state: p.text().$type<(typeof SIGNING_KEY_STATES)[number]>(),
    publicJwk: p.json().$type<Record<string, string>>(),
    /** PKCS #8, PEM. */
    privateKey: p.type(SealedTextType).$type<SealedText>(),
    createdAt: p.datetime().defaultRaw('now()'),
    activatedAt: p.datetime().nullable(),
    retiredAt: p.datetime().nullable(),
  },
  checks: [sealedCheck('private_key'), { name: 'signing_key_state', expression: `state in ('next', 'active', 'retired', 'removed')` }],
  indexes: [
    {
      name: 'one_active_signing_key',
      expression: `create unique index "one_active_signing_key" on "signing_keys" ("state") where "state" = 'active'`,
    },
  ],
});
export class SigningKey extends SigningKeySchema.class {}
SigningKeySchema.setClass(SigningKey);

/** Owner of the data key under which is sealed what is nobody's. */
export const SERVICE_OWNER = 'auth';

export const privateKeyCell = (id: string) => ({ owner: SERVICE_OWNER, table: 'signing_keys', column: 'private_key', rowId: id });
