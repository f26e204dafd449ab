import { readdirSync } from 'node:fs';
import type { MikroORM } from '@mikro-orm/postgresql';

/** Any number, the same for every replica of a service. */
const LOCK = 471_100;

/**
 * Brings the schema up to date, once, however many replicas start at the same time: all migrations of a start share one
 * transaction, and whoever comes later waits for it and finds nothing left to do.
 * @param orm connected as the application, which can see what has been done
 * @param openOwner connects as the owner of the schema; only called when there is something to do
 */
export async function migrate(orm: MikroORM, openOwner: () => Promise<MikroORM>): Promise<void> {
  if (await isUpToDate(orm)) return;
  const owner = await openOwner();
  try {
    await owner.em.fork().transactional(async (tx) => {
      await tx.execute('set local statement_timeout = 0');
      await tx.execute(`select pg_advisory_xact_lock(${LOCK})`);
      const transaction = tx.getTransactionContext();
      if (!transaction) throw new Error('migrations need an open transaction');
      await owner.migrator.up({ transaction });
    });
  } finally {
    await owner.close();
  }
}

async function isUpToDate(orm: MikroORM): Promise<boolean> {
  const folder = orm.config.get('migrations').path as string;
  const written = readdirSync(folder)
    .filter((file) => /^Migration.*(?<!\.d)\.[jt]s$/.test(file))
    .map((file) => file.slice(0, -3));
  const em = orm.em.fork();
  const [table] = await em.execute<[{ exists: boolean }]>(`select to_regclass('mikro_orm_migrations') is not null as exists`);
  if (!table.exists) return false;
  const done = await em.execute<{ name: string }[]>('select name from mikro_orm_migrations');
  return written.every((name) => done.some((migration) => migration.name === name));
}
