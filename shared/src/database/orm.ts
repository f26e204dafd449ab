import { defineConfig, MikroORM, type Options } from '@mikro-orm/postgresql';
import { type Pool, type TypeOverrides, types as pgTypes } from 'pg';
import type { Logger } from 'pino';

type DatabaseOptions = {
  /** Role that may read and write rows. */
  url: string;
  applicationName: string;
  poolSize: number;
  entities: NonNullable<Options['entities']>;
  migrationsFolder: string;
  logger: Logger;
  /** Can this connection change the schema? */
  migrator: boolean;
};

/** Below what a client waits for: a database that hangs is a 503, not a silence. */
const CONNECT_TIMEOUT_MS = 1_500;
const STATEMENT_TIMEOUT_MS = 5_000;

/** MikroORM leaves them as text, also in plain SQL. */
function readInstantsAsDates(pool: Pool) {
  const { types } = pool.options as unknown as { types: TypeOverrides };
  types.setTypeParser(pgTypes.builtins.TIMESTAMPTZ, pgTypes.getTypeParser(pgTypes.builtins.TIMESTAMPTZ));
}

/** MikroORM with our defaults. Connects when first used. */
export async function openDatabase({
  url,
  applicationName,
  poolSize,
  entities,
  migrationsFolder,
  logger,
  migrator,
}: DatabaseOptions): Promise<MikroORM> {
  const extensions = migrator ? [(await import('@mikro-orm/migrations')).Migrator] : []; // for the owner's connection only
  return MikroORM.init(
    defineConfig({
      clientUrl: url,
      entities,
      extensions,
      pool: { min: 0, max: poolSize },
      driverOptions: {
        application_name: applicationName,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        statement_timeout: STATEMENT_TIMEOUT_MS,
        idle_in_transaction_session_timeout: 4 * STATEMENT_TIMEOUT_MS,
        keepAlive: true,
        onPoolCreated: readInstantsAsDates,
      },
      migrations: { path: migrationsFolder, glob: '!(*.d).{js,ts}', emit: 'ts', snapshot: false },
      colors: false,
      debug: false, // statements have values in them
      logger: (message) => logger.debug(message),
    }),
  );
}
