/**
 * TypeORM logs nothing. It would print migrations and their errors to the console, and statements with their values are
 * application data (6.7). Our log gets errors, and the messages of migrate().
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
