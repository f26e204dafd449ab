import { type JsMsg } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { EventType } from './contracts.ts';

/** What the relay reads of an outbox row. */
export type OutboxRow = {
  seq: string;
  id: string;
  user_id: string;
  aggregate_version: number;
  type: string;
  data: object;
  traceparent: string;
  occurred_at: Date;
};

/** CloudEvents 1.0 in binary mode. All values are ASCII, so that no reader needs to know about percent-encoding. */
export function envelopeOf(row: OutboxRow, { source, ttlDays }: EventType): MsgHdrs {
  const envelope = headers(); // new for each message: the client writes into it
  envelope.set('Nats-Msg-Id', row.id);
  if (ttlDays !== undefined) envelope.set('Nats-TTL', `${ttlDays * 24}h`);
  envelope.set('ce-specversion', '1.0');
  envelope.set('ce-id', row.id);
  envelope.set('ce-source', source);
  envelope.set('ce-type', row.type);
  envelope.set('ce-subject', row.user_id);
  envelope.set('ce-time', row.occurred_at.toISOString());
  envelope.set('ce-datacontenttype', 'application/json');
  envelope.set('ce-dataschema', `urn:schema:${row.type}`);
  envelope.set('ce-aggversion', String(row.aggregate_version));
  envelope.set('traceparent', row.traceparent);
  return envelope;
}

/** A message that passed its checks. */
export type ReceivedEvent<Data = unknown> = { id: string; type: string; userId: string; version: number; data: Data };

const ajv = new Ajv({ strict: false });
addFormats.default(ajv, ['uuid', 'date-time']);
const validators = new Map<EventType, ValidateFunction>();

/**
 * @throws {UnreadableEvent} with the reason: not the type it claims, not from the stream's source, body not of its schema
 */
export function readEvent(message: JsMsg, known: ReadonlyMap<string, EventType>): ReceivedEvent {
  const attribute = (name: string) => message.headers?.get(`ce-${name}`) ?? '';
  const event = known.get(message.subject);
  if (!event) throw new UnreadableEvent('unknown subject');
  if (attribute('type') !== message.subject) throw new UnreadableEvent('ce-type is not the subject');
  if (attribute('source') !== event.source) throw new UnreadableEvent('ce-source is not that of the stream');
  const version = Number(attribute('aggversion'));
  if (!attribute('id') || !Number.isSafeInteger(version) || version < 1) throw new UnreadableEvent('ce-id or ce-aggversion is missing');

  let data: unknown;
  try {
    data = message.json();
  } catch {
    throw new UnreadableEvent('the body is not JSON');
  }
  const isValid = validators.get(event) ?? ajv.compile(event.data);
  validators.set(event, isValid);
  if (!isValid(data)) throw new UnreadableEvent('the body is not of its schema');
  const { userId } = data as { userId: string };
  if (attribute('subject') !== userId) throw new UnreadableEvent('ce-subject is not the user of the body');
  return { id: attribute('id'), type: event.type, userId, version, data };
}

/** No redelivery will make it readable. */
export class UnreadableEvent extends Error {}
