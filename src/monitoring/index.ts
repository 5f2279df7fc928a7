/** The public interface of the monitoring: the search of the access log. */
export { searchOutcome } from './errors.js';
export type { SearchRefusal } from './errors.js';
export { LOGS, MAX_SEARCH_DAYS, PAGE_ROWS, REASON_LENGTH } from './model.js';
export type { LogName, LogSearch } from './model.js';
export { createLogDesk } from './service.js';
export type { FoundRow } from './store.js';
