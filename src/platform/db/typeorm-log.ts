/**
 * TypeORM logs nothing. It would print migrations and their errors to the console on its own, and statements
 * with their values are application data (6.7). What matters reaches our log as errors and from migrate().
 */
import type { Logger } from 'typeorm';

const nothing = (): undefined => undefined;

export const silentTypeOrm: Logger = {
  logQuery: nothing,
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
  logMigration: nothing,
  log: nothing,
};
