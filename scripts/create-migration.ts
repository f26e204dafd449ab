// `npx pnpm migration:create SERVICE NAME`: writes the migration from the service's migrated schema to its entities.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../infra/local/ports.ts';
import { Part } from '../infra/local/part.ts';
import { preparePostgres } from '../infra/local/postgres.ts';
import { temporaryFolder } from '../infra/local/temporary-folder.ts';

type Migrator = {
  up(): Promise<unknown>;
  create(path?: string, blank?: boolean, initial?: boolean, name?: string): Promise<{ fileName: string }>;
};
type OpenDatabase = (
  url: string,
  poolSize: number,
  logger: { debug: () => void },
  migrator: boolean,
) => Promise<{ migrator: Migrator; close(): Promise<void> }>;

const [service = '', name = ''] = process.argv.slice(2);
const folder = temporaryFolder('migration');
const [port] = (await freePorts(1)) as [number];
const ignore = () => {};
const { part, superuserUrl } = await preparePostgres({
  folder: join(folder, 'postgres'),
  logFile: join(folder, 'log'),
  port,
  password: 'migration',
  settings: { fsync: 'off' },
});
const postgres = new Part(part, { onStart: ignore, onRestarted: ignore, onDeath: ignore, onGivenUp: ignore });
await postgres.start();
try {
  const exports = (await import(`../services/${service}/src/database.ts`)) as Record<string, OpenDatabase>;
  const [openDatabase] = Object.values(exports);
  if (!openDatabase) throw new Error(`${service} has no database`);
  const orm = await openDatabase(superuserUrl, 2, { debug: ignore }, true);
  await orm.migrator.up();
  const { fileName } = await orm.migrator.create(undefined, false, false, name);
  await orm.close();
  console.log(fileName ? `services/${service}/src/migrations/${fileName}` : 'nothing to migrate');
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
