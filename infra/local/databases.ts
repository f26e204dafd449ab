import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { withClient } from './postgres.ts';

export type ServiceDatabase = { database: string; ownerPassword: string; appPassword: string };

const SQL_FOLDER = join(import.meta.dirname, '../postgres');

/** The database of a service with its two roles, from the same SQL that the containers use. What is there stays. */
export async function createServiceDatabase(superuserUrl: string, { database, ownerPassword, appPassword }: ServiceDatabase) {
  const variables = {
    database,
    owner: `${database}_owner`,
    app: `${database}_app`,
    owner_password: ownerPassword,
    app_password: appPassword,
  };
  await withClient(superuserUrl, async (client) => {
    for (const statement of statements('service.sql', variables)) await client.query(statement).catch(unlessItExists);
  });
  await withClient(databaseUrl(superuserUrl, database), async (client) => {
    for (const statement of statements('schema.sql', variables)) await client.query(statement);
  });
}

export const roleUrl = (superuserUrl: string, role: string, password: string, database: string) => {
  const url = new URL(databaseUrl(superuserUrl, database));
  url.username = role;
  url.password = password;
  return url.href;
};

const databaseUrl = (superuserUrl: string, database: string) => Object.assign(new URL(superuserUrl), { pathname: `/${database}` }).href;

/** An interrupted first start has made some of them. */
function unlessItExists(error: { code?: string }) {
  const { DUPLICATE_OBJECT, DUPLICATE_DATABASE } = { DUPLICATE_OBJECT: '42710', DUPLICATE_DATABASE: '42P04' };
  if (error.code !== DUPLICATE_OBJECT && error.code !== DUPLICATE_DATABASE) throw error;
}

/** The statements of a file written for psql, with its variables in place: :"name" an identifier, :'name' a text. */
function statements(file: string, variables: Record<string, string>): string[] {
  return readFileSync(join(SQL_FOLDER, file), 'utf8')
    .replaceAll(/^--.*$/gm, '')
    .replaceAll(/:"(\w+)"/g, (_, name: string) => escapeIdentifier(variables[name] as string))
    .replaceAll(/:'(\w+)'/g, (_, name: string) => escapeLiteral(variables[name] as string))
    .split(';')
    .filter((statement) => statement.trim() !== '');
}
