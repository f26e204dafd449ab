import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Problem } from '../http/problem.ts';
import { commonProblems } from '../http/problems.ts';
import { isConnectionLoss } from './errors.ts';

const LOOK_UP_WITHIN_MS = 2_000;
const LOOK_UP_EVERY_MS = 200;

/**
 * A transaction that tells the three ends apart: committed, changed nothing, and the one between: the connection was lost while
 * the COMMIT was under way. Then `committed` looks whether the change is there.
 * @param committed does the database hold what `work` wrote? Ask by an id that `work` made
 * @throws {Problem} outcome-unknown when nobody could tell within two seconds
 */
export async function transact<T>(
  orm: Pick<MikroORM, 'em'>,
  work: (tx: EntityManager) => Promise<T>,
  committed: (em: EntityManager, result: T) => Promise<boolean>,
): Promise<T> {
  let done: { result: T } | undefined;
  const em = orm.em.fork();
  try {
    return await em.transactional(async (tx) => {
      const result = await work(tx);
      await tx.flush();
      done = { result };
      return result;
    });
  } catch (error) {
    if (!done || !isConnectionLoss(error)) throw error;
    if (await lookUp(() => committed(orm.em.fork(), (done as { result: T }).result))) return done.result;
    throw error;
  }
}

async function lookUp(isThere: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + LOOK_UP_WITHIN_MS;
  for (;;) {
    try {
      return await isThere();
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      if (Date.now() + LOOK_UP_EVERY_MS > deadline) throw new Problem(commonProblems.outcomeUnknown, { cause: error });
      await sleep(LOOK_UP_EVERY_MS);
    }
  }
}
