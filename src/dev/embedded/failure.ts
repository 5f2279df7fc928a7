import { ForeseenError } from '../../platform/foreseen-error.js';

/** Why the embedded PostgreSQL cannot serve. The message is for the operator: what is wrong and what to do. */
export class EmbeddedPostgresError extends ForeseenError {
  override readonly name = 'EmbeddedPostgresError';
}

/** What to do when nothing can be done about the embedded server. */
export const useOwnDatabase = 'set DATABASE_URL to a PostgreSQL 15 or newer of your own';
