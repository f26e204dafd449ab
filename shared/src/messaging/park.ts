import type { EntityManager } from '@mikro-orm/postgresql';
import type { JsMsg } from '@nats-io/jetstream';
import { UnreadableEvent } from './envelope.ts';

/** Puts a message that cannot be handled aside, whole, whatever bytes it is made of. */
export async function park(tx: EntityManager, stream: string, message: JsMsg, error: unknown): Promise<void> {
  const headers = Object.fromEntries([...(message.headers ?? [])].map(([name, values]) => [name, values.join(',').replaceAll('\0', '')]));
  const reason = error instanceof UnreadableEvent ? error.message : 'handler failed';
  await tx.execute(
    'insert into parked_events (stream, stream_seq, subject, headers, body, reason) values (?, ?, ?, ?, ?, ?) on conflict do nothing',
    [stream, message.seq, message.subject, JSON.stringify(headers), Buffer.from(message.data), reason],
  );
}
