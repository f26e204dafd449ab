/** Failures of sealing, told apart so that each can be answered and alerted on its own. None carries a value or a key. */

/** A key of the configuration is not the one that the database was sealed with. */
export class KeyMismatchError extends Error {}

/** There is no data key of that owner and version, and the owner was not erased: data loss or a restore out of step. */
export class DataKeyNotFound extends Error {}

/** Text in a sealed column that no seal of ours can have made. */
export class TokenMalformed extends Error {}

/** A token that was changed, or that belongs to another row, column or person. */
export class TokenNotAuthentic extends Error {}

/** Something tried to store text that is not sealed. Names the column only. */
export class UnsealedValueError extends Error {}
