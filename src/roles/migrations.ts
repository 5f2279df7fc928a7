/** Every migration of the program, in the order of their timestamps: later features refer to the tables of earlier ones. */
import type { MigrationInterface } from 'typeorm';
import { aslMigrations } from '../asl/migrations.js';
import { auditMigrations } from '../audit/migrations.js';
import { authMigrations } from '../auth/migrations.js';
import { jobsMigrations } from '../platform/jobs/index.js';
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
];
