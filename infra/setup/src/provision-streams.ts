import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  jetstreamManager,
  ReplayPolicy,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { consumers, streams } from './topology.ts';

const DUPLICATE_WINDOW_MS = 10 * 60 * 1_000;
/** A batch takes well under a second; what a killed consumer held comes again after this. */
const ACK_WAIT_MS = 10_000;
const MAX_ACK_PENDING = 200;

/** Makes or updates the streams and durables of the topology. Needs an administrator's connection; may be run again at any time. */
export async function provisionStreams(connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection);
  for (const stream of streams) await provisionStream(manager, stream);
  for (const consumer of consumers) await provisionConsumer(manager, consumer);
}

async function provisionStream(manager: JetStreamManager, { name, subjects }: (typeof streams)[number]) {
  const changeable = {
    subjects: [...subjects],
    discard: DiscardPolicy.New, // full: the publisher is told, instead of old events vanishing
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    allow_direct: true,
    allow_atomic: true,
    allow_msg_ttl: true,
  };
  if (await exists(() => manager.streams.info(name))) return void (await manager.streams.update(name, changeable));
  await manager.streams.add({
    name,
    ...changeable,
    retention: RetentionPolicy.Limits, // for ever: a new consumer can be built from the first event
    storage: StorageType.File,
    num_replicas: 1,
    deny_delete: true,
    deny_purge: true,
  });
}

async function provisionConsumer(manager: JetStreamManager, { stream, durable, subjects }: (typeof consumers)[number]) {
  const changeable = { filter_subjects: [...subjects], ack_wait: nanos(ACK_WAIT_MS), max_ack_pending: MAX_ACK_PENDING, max_deliver: -1 };
  if (await exists(() => manager.consumers.info(stream, durable)))
    return void (await manager.consumers.update(stream, durable, changeable));
  await manager.consumers.add(stream, {
    durable_name: durable,
    ...changeable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    max_waiting: 8,
  });
}

async function exists(lookUp: () => Promise<unknown>): Promise<boolean> {
  try {
    await lookUp();
    return true;
  } catch (error) {
    if ((error as { status?: number; code?: number }).status === 404 || (error as { code?: number }).code === 404) return false;
    if (/not found/.test((error as Error).message)) return false;
    throw error;
  }
}
