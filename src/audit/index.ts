export {
  ACCESS_ARRAYS,
  ACCESS_COLUMNS,
  ACCESS_PARAMETER_COUNT,
  NEXT_TRANSACTION_ID,
  TRANSACTION,
  accessArrays,
  accessLogIn,
  accessValues,
  changedIn,
  createAccessLog,
  loggedAs,
  recordIn,
} from './access-log.js';
export type { Access, AccessLog, Place, SubjectKind } from './access-log.js';
export { AccessLogRow } from './entities.js';
export {
  consentLogDatedMigration,
  consentLogMigration,
  consentLogSearchMigrations,
  consentLogWriterMigration,
} from './migrations.js';
export { createRefusalLog } from './refusals.js';
export type { RefusalLog } from './refusals.js';
export { auditRetention, consentLogRetention } from './retention.js';
