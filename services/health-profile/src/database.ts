import { openDatabase } from '@diabetics/shared/database/orm';
import { OutboxEvent } from '@diabetics/shared/messaging/outbox.entity';
import { ParkedEvent, StreamPosition } from '@diabetics/shared/messaging/parked-event.entity';
import { DataKey } from '@diabetics/shared/sealing/data-key.entity';
import { KeyCanary } from '@diabetics/shared/sealing/key-canary';
import type { Logger } from 'pino';
import { Person } from './profile/person.entity.ts';
import { SettingsVersion } from './profile/settings-version.entity.ts';

/** The database of this service, as one of its two roles. */
export const openHealthProfileDatabase = (url: string, poolSize: number, logger: Logger, migrator = false) =>
  openDatabase({
    url,
    poolSize,
    logger,
    migrator,
    applicationName: 'health-profile',
    entities: [Person, SettingsVersion, DataKey, KeyCanary, OutboxEvent, ParkedEvent, StreamPosition],
    migrationsFolder: `${import.meta.dirname}/migrations`,
  });
