/** The public interface of the ASLs' services. */
export { aslTies } from './account-ties.js';
export { ASL_REFUSALS, verdictOf } from './errors.js';
export type { AslRefusal } from './errors.js';
export { doctorNumbersFile, unmatchedNumbersFile } from './files.js';
export { MAX_DAILY_TESTS } from './model.js';
export { aslRetention } from './retention.js';
export { createAslService } from './service.js';
export type { AslNumbers, AslOutcome, AslService } from './service.js';
export type { DailyNumber } from './store.js';
