import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Problem } from '../http/problem.ts';
import { commonProblems } from '../http/problems.ts';
import { isConnectionLoss } from './errors.ts';

const LOOK_UP_WITHIN_MS = 2_000;
const LOOK_UP_EVERY_MS = 100;

/**
 * A transaction that tells the three ends apart: committed, changed nothing, and the one between: the connection was lost while
 * the COMMIT was under way. Then PostgreSQL is asked, over another connection, what became of it.
 * @param work gets the transaction's time, in whole milliseconds: the only "now" there is
 * @throws {Problem} outcome-unknown when nobody could tell within two seconds
 */
export async function transact<T>(orm: Pick<MikroORM, 'em'>, work: (tx: EntityManager, now: Date) => Promise<T>): Promise<T> {
  let committing: { id: string; result: T } | undefined;
  try {
    return await orm.em.fork().transactional(async (tx) => {
      const [begun] = await tx.execute<[{ id: string; now: Date }]>(
        `select pg_current_xact_id()::text as id, date_trunc('milliseconds', now()) as now`,
      );
      const result = await work(tx, begun.now);
      await tx.flush();
      committing = { id: begun.id, result };
      return result;
    });
  } catch (error) {
    if (!committing || !isConnectionLoss(error)) throw error;
    if (await wasCommitted(orm, committing.id)) return committing.result;
    throw error;
  }
}

async function wasCommitted(orm: Pick<MikroORM, 'em'>, transactionId: string): Promise<boolean> {
  for (const deadline = Date.now() + LOOK_UP_WITHIN_MS; Date.now() < deadline; await sleep(LOOK_UP_EVERY_MS)) {
    try {
      const [row] = await orm.em.fork().execute<[{ status: string | null }]>('select pg_xact_status(?::xid8) as status', [transactionId]);
      if (row.status === 'committed') return true;
      if (row.status === 'aborted') return false;
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
    }
  }
  throw new Problem(commonProblems.outcomeUnknown);
}
