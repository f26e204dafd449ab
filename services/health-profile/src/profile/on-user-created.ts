import type { EventData, userCreated } from '@diabetics/shared/messaging/contracts';
import type { ReceivedEvent } from '@diabetics/shared/messaging/envelope';
import type { EntityManager } from '@mikro-orm/postgresql';

/** auth.user.created.v1: the person is known from now on. Repeated, or after the first write, or after erasure, it does nothing. */
export async function onUserCreated(tx: EntityManager, { data }: ReceivedEvent<EventData<typeof userCreated>>): Promise<void> {
  await tx.execute(`insert into people (user_id, provisioned_at) values (?, date_trunc('milliseconds', now())) on conflict do nothing`, [
    data.userId,
  ]);
}
