export {
  ACCESS_PARAMETER_COUNT,
  NEXT_TRANSACTION_ID,
  TRANSACTION,
  accessValues,
  createAccessLog,
  loggedAs,
} from './access-log.js';
export type { Access, AccessLog } from './access-log.js';
export { AccessLogRow } from './entities.js';
