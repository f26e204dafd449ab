import { type Platform, Type } from '@mikro-orm/core';
import { TokenMalformed, UnsealedValueError } from './errors.ts';

/** `f1.<data key version>.<Fernet token>`. Branded, so that plain text does not pass for it. */
export type SealedText = string & { readonly __sealed: unique symbol };

const SEALED = /^f1\.([1-9]\d{0,9})\.([A-Za-z0-9_-]+={0,2})$/;

/** PostgreSQL's own refusal of plain text, for the `checks` of an entity. */
export const sealedCheck = (column: string) => ({
  name: `${column}_is_sealed`,
  expression: `${column} ~ '^f1\\.[1-9][0-9]{0,9}\\.[A-Za-z0-9_-]+={0,2}$'`,
});

export const formatSealed = (dataKeyVersion: number, token: string) => `f1.${dataKeyVersion}.${token}` as SealedText;

/** @throws {TokenMalformed} */
export function parseSealed(text: string): { dataKeyVersion: number; token: string } {
  const [, version, token] = SEALED.exec(text) ?? [];
  if (version === undefined || token === undefined) throw new TokenMalformed();
  return { dataKeyVersion: Number(version), token };
}

/**
 * The column of a sealed text. It refuses what is not sealed and does nothing else: a type that sealed by itself cannot know the
 * owner, and would write an UPDATE for each loaded row at every flush.
 */
export class SealedTextType extends Type<SealedText, string> {
  override convertToDatabaseValue(value: unknown): string {
    if (value == null) return value as unknown as string;
    if (typeof value !== 'string' || !SEALED.test(value)) throw new UnsealedValueError(this.prop?.name);
    return value;
  }
  override convertToJSValue(value: string): SealedText {
    return value as SealedText;
  }
  override compareAsType() {
    return 'string';
  }
  override ensureComparable() {
    return false;
  }
  override getColumnType(_prop: unknown, _platform: Platform) {
    return 'text';
  }
}
