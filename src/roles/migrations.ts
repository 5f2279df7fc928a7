/** All migrations of the program, in the order of their timestamps: later features refer to tables of earlier ones. */
import type { MigrationInterface } from 'typeorm';
import { aslMigrations } from '../asl/migrations.js';
import { auditMigrations } from '../audit/migrations.js';
import { authMigrations } from '../auth/migrations.js';
import {
  installationMigration,
  installationRights,
  migrate,
  portalRole,
  runtimeRole,
  termMigration,
  workerRole,
} from '../platform/db/index.js';
import { jobsMigrations } from '../platform/jobs/index.js';
import type { Logger } from '../platform/log.js';
import { registryMigrations } from '../registry/migrations.js';
import { rosterMigrations } from '../roster/migrations.js';
import { screeningMigrations } from '../screening/migrations.js';
import { statisticsMigrations } from '../statistics/migrations.js';

export const allMigrations: readonly (new () => MigrationInterface)[] = [
  ...auditMigrations,
  ...registryMigrations,
  ...rosterMigrations,
  ...authMigrations,
  ...screeningMigrations,
  ...jobsMigrations,
  ...aslMigrations,
  ...statisticsMigrations,
  installationMigration('CreateInstallation1790000000120', [runtimeRole, workerRole]),
  termMigration('KeepForTerm1790000000221', [workerRole]),
  installationRights('PortalRights1790000000246', [portalRole]),
];

/** Migrates the TS database to this release, with its roles and their grants. @param ownerUrl a login that owns it */
export function migrateTs(ownerUrl: string, log: Logger): Promise<void> {
  // An intake stages rows in a temporary table of its transaction.
  return migrate(ownerUrl, allMigrations, log, {
    roles: [runtimeRole, workerRole, portalRole],
    temporary: [workerRole],
  });
}
