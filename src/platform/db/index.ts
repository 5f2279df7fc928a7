/**
 * Connections and migrations of the databases. The rest of the program reaches a database only through this file.
 * Knows no table of any feature.
 */
export { BulkSession, lockForTransaction } from './bulk-session.js';
export { keptForTerm, termMigration } from './term.js';
export { installationMigration, installationRights, isSandbox, markAsSandbox } from './installation.js';
export { isDatabaseUnavailable, isDiskFull, isStatementTimeout, violatedConstraint } from './errors.js';
export { poolFigures } from './pool-figures.js';
export { migrate, pendingMigrations } from './migrate.js';
export { openDatabase } from './open.js';
export { type Due, MIDNIGHT, type Queryable, type RetentionRule, deletion, dueOf, firstDayKept } from './retention.js';
export { portalRole, runtimeRole, workerRole } from './runtime-role.js';
export { concurrentIndex, grantsOf, sqlMigration } from './sql-migration.js';
export { rowsAsText, rowsOfText } from './rows-as-text.js';
export { SQLSTATE } from './sqlstate.js';
export { statement } from './statement.js';
export type { DataSource } from 'typeorm';
export { grouped } from './grouped.js';
