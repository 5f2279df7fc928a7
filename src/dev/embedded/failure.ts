import { ForeseenError } from '../../platform/foreseen-error.js';

/** The embedded PostgreSQL cannot run. The message tells the operator the problem and the remedy. */
export class EmbeddedPostgresError extends ForeseenError {
  override readonly name = 'EmbeddedPostgresError';
}

/** The remedy when the embedded server cannot be made to run. */
export const useOwnDatabase = 'set DATABASE_URL to a PostgreSQL 15 or newer of your own';
