import type { JetStreamClient } from '@nats-io/jetstream';
import { type EventType, eventTypes } from './contracts.ts';
import { envelopeOf, type OutboxRow } from './envelope.ts';

const PUBLISH_TIMEOUT_MS = 5_000;
const knownTypes: ReadonlyMap<string, EventType> = new Map(eventTypes.map((event) => [event.type, event]));

/** Places in the stream by outbox row. */
export type Acknowledged = Map<string, number>;

/** A row whose type this version of the service does not know: it waits for one that does. */
export const isKnown = ({ type }: OutboxRow) => knownTypes.has(type);

/**
 * All or nothing, with one sync to disk.
 * @throws also when the server refuses the batch because it holds an id already: the client does not tell why
 */
export async function publishAtOnce(js: JetStreamClient, rows: OutboxRow[]): Promise<Acknowledged> {
  const messages = rows.map(messageOf);
  const batch = await js.startBatch(...(messages[0] as (typeof messages)[number]));
  for (const message of messages.slice(1, -1)) batch.add(...message);
  const [subject, body, options] = messages.at(-1) as (typeof messages)[number];
  const { seq: last } = await batch.commit(subject, body, options);
  return new Map(rows.map((row, index) => [row.seq, last - rows.length + 1 + index]));
}

/** In order for each person: after a failure nothing more of that person is sent, the others go on. */
export async function publishOneByOne(
  js: JetStreamClient,
  rows: OutboxRow[],
  onFailure: (row: OutboxRow, error: unknown) => 'go on' | 'stop',
): Promise<Acknowledged> {
  const acknowledged: Acknowledged = new Map();
  const blocked = new Set<string>();
  for (const row of rows) {
    if (blocked.has(row.user_id)) continue;
    try {
      const { seq } = await js.publish(...messageOf(row));
      acknowledged.set(row.seq, seq);
    } catch (error) {
      blocked.add(row.user_id);
      if (onFailure(row, error) === 'stop') break;
    }
  }
  return acknowledged;
}

const messageOf = (row: OutboxRow) =>
  [
    row.type,
    JSON.stringify(row.data),
    { headers: envelopeOf(row, knownTypes.get(row.type) as EventType), timeout: PUBLISH_TIMEOUT_MS },
  ] as const;
