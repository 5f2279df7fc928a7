export {
  ACCESS_ARRAYS,
  ACCESS_COLUMNS,
  ACCESS_PARAMETER_COUNT,
  NEXT_TRANSACTION_ID,
  TRANSACTION,
  accessArrays,
  accessValues,
  createAccessLog,
  loggedAs,
  recordChange,
  recordDeletion,
  recordImport,
} from './access-log.js';
export type { Access, AccessLog } from './access-log.js';
export { AccessLogRow } from './entities.js';
export { createRefusalLog } from './refusals.js';
export type { RefusalLog } from './refusals.js';
export { auditRetention } from './retention.js';
