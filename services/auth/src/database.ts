import { DataKey } from '@diabetics/shared/sealing/data-key.entity';
import { KeyCanary } from '@diabetics/shared/sealing/key-canary';
import { openDatabase } from '@diabetics/shared/database/orm';
import { OutboxEvent } from '@diabetics/shared/messaging/outbox.entity';
import type { Logger } from 'pino';
import { Session } from './sessions/session.entity.ts';
import { SigningKey } from './tokens/signing-key.entity.ts';
import { User } from './users/user.entity.ts';

/** The database of this service, as one of its two roles. */
export const openAuthDatabase = (url: string, poolSize: number, logger: Logger, migrator = false) =>
  openDatabase({
    url,
    poolSize,
    logger,
    migrator,
    applicationName: 'auth',
    entities: [User, Session, SigningKey, DataKey, KeyCanary, OutboxEvent],
    migrationsFolder: `${import.meta.dirname}/migrations`,
  });
