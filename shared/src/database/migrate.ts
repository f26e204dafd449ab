import type { MikroORM } from '@mikro-orm/postgresql';

/** Any number, the same for every replica of a service. */
const LOCK = 471_100;

/**
 * Brings the schema up to date, once, however many replicas start at the same time: all migrations of a start share one
 * transaction, and whoever comes later waits for it and finds nothing left to do.
 * @param orm connected as the owner of the schema
 */
export async function migrate(orm: MikroORM): Promise<void> {
  await orm.em.fork().transactional(async (tx) => {
    await tx.execute('set local statement_timeout = 0');
    await tx.execute(`select pg_advisory_xact_lock(${LOCK})`);
    const transaction = tx.getTransactionContext();
    if (!transaction) throw new Error('migrations need an open transaction');
    await orm.migrator.up({ transaction });
  });
}
