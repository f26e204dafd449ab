// One-shot job of docker-compose.yml: makes the streams and durables, with the administrator's account that nobody else has.
import { readFileSync } from 'node:fs';
import { connect } from '@nats-io/transport-node';
import { provisionStreams } from './provision-streams.ts';

const { NATS_URL = 'nats://nats:4222', NATS_ADMIN_FILE = '/run/secrets/nats_admin' } = process.env;
const [user, pass] = readFileSync(NATS_ADMIN_FILE, 'utf8').trim().split(':') as [string, string];

const connection = await connect({
  servers: NATS_URL,
  user,
  pass,
  maxReconnectAttempts: 30,
  reconnectTimeWait: 1_000,
  waitOnFirstConnect: true,
});
await provisionStreams(connection);
await connection.drain();
console.log('streams and durables are in place');
