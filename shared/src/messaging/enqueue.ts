import { randomBytes, randomUUIDv7 } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { EventData, EventType } from './contracts.ts';
import { OutboxEvent } from './outbox.entity.ts';

const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

type Circumstances = {
  /** The person's event version in this source, as `… set event_version = event_version + 1 … returning` gave it. */
  version: number;
  /** W3C trace context of the request, if it had one. */
  traceparent: string | undefined;
};

/**
 * Writes an event into the outbox, in the transaction of the change.
 * The person's row must already have been updated in it: the other order deadlocks, and lets versions overtake each other.
 */
export async function enqueue<T extends EventType>(
  tx: EntityManager,
  { type }: T,
  data: EventData<T>,
  { version, traceparent }: Circumstances,
) {
  await tx.insert(OutboxEvent, {
    id: randomUUIDv7(),
    userId: (data as { userId: string }).userId,
    aggregateVersion: version,
    type,
    data,
    traceparent: traceparent && TRACEPARENT.test(traceparent) ? traceparent : newTraceparent(),
  });
}

const newTraceparent = () => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
