// The floor of a profile read: node:http, pg, fast-jwt and node:crypto, with the same statement, the same checks and the same seals.
import {
  createDecipheriv,
  createHmac,
  createPublicKey,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { createServer } from 'node:http';
import { createVerifier } from 'fast-jwt';
import { Pool } from 'pg';

const { DATABASE_URL, JWKS_URL, KEK, ISSUER, PORT, POOL_SIZE } = process.env as Record<string, string>;
const SELECT = `
  select person.user_id, person.provisioned_at, person.erased_at, person.latest_version, now() as read_at,
         current.id, current.version, current.effective_from, current.created_at, current.created_by, current.document
  from people person
  left join lateral (
    select * from settings_versions v
    where v.user_id = person.user_id and v.effective_from <= now() order by v.version desc limit 1
  ) current on true
  where person.user_id = $1`;

const pool = new Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE) });
const { keys } = (await (await fetch(JWKS_URL as string)).json()) as { keys: (JsonWebKey & { kid: string })[] };
const verifiers = new Map(
  keys.map((jwk) => {
    const key = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    return [
      jwk.kid,
      createVerifier({
        key,
        algorithms: ['ES256'],
        allowedIss: ISSUER as string,
        allowedAud: 'diabetics-api',
        checkTyp: 'at+jwt',
        cache: 1_000,
      }),
    ];
  }),
);
const dataKeys = new Map<string, KeyObject>();

async function dataKeyOf(owner: string, version: string): Promise<KeyObject> {
  const known = dataKeys.get(`${owner}/${version}`);
  if (known) return known;
  const { rows } = await pool.query('select wrapped from data_keys where owner = $1 and version = $2', [owner, version]);
  const bytes = Buffer.from(rows[0].wrapped.split('.')[2], 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(KEK as string, 'base64url'), bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(JSON.stringify(['health-profile', 'dek', owner, Number(version)]))).setAuthTag(bytes.subarray(-16));
  const key = createSecretKey(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]));
  dataKeys.set(`${owner}/${version}`, key);
  return key;
}

async function open(owner: string, rowId: string, sealed: string) {
  const [, version = '', token = ''] = sealed.split('.');
  const info = JSON.stringify(['health-profile', 'f1', owner, 'settings_versions', 'document', rowId]);
  const key = createHmac('sha256', await dataKeyOf(owner, version))
    .update(info)
    .update('\x01')
    .digest();
  const bytes = Buffer.from(token, 'base64url');
  const mac = createHmac('sha256', createSecretKey(key.subarray(0, 16)))
    .update(bytes.subarray(0, -32))
    .digest();
  if (!timingSafeEqual(mac, bytes.subarray(-32))) throw new Error('not authentic');
  const decipher = createDecipheriv('aes-128-cbc', createSecretKey(key.subarray(16)), bytes.subarray(9, 25));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(25, -32)), decipher.final()]).toString());
}

createServer((request, response) => {
  const respond = async () => {
    try {
      const { body, version } = await answer(request.headers.authorization?.slice('Bearer '.length) ?? '');
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        etag: `"${version}"`,
        'cache-control': 'no-store',
      };
      response.writeHead(200, headers).end(body);
    } catch {
      response.writeHead(500).end();
    }
  };
  void respond();
}).listen(Number(PORT), '127.0.0.1', () => process.stdout.write('listening\n'));

async function answer(token: string) {
  const { kid } = JSON.parse(Buffer.from(token.split('.', 1)[0] as string, 'base64url').toString());
  const { sub } = (verifiers.get(kid) as (token: string) => { sub: string })(token);
  const { rows } = await pool.query({ name: 'profile', text: SELECT, values: [sub] });
  const row = rows[0];
  const { settings, findings, limitsVersion, settingsHash, effectiveFrom, createdAt, createdBy, version } = await open(
    sub,
    row.id,
    row.document,
  );
  if (version !== row.version || effectiveFrom !== row.effective_from.toISOString() || createdAt !== row.created_at.toISOString())
    throw new Error('moved');
  const inForce = {
    version,
    latestVersion: row.latest_version,
    effectiveFrom,
    createdAt,
    createdBy,
    settingsHash,
    settings,
    findings,
    limitsVersion,
  };
  return { body: JSON.stringify({ userId: sub, provisionedAt: row.provisioned_at, ...inForce, pending: null }), version };
}
