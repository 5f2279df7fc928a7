export { Substitution, TestCancellation, TestSubmission } from './entities.js';
export { REFUSALS, campaignDay } from './errors.js';
export type { RefusalCode } from './errors.js';
export { MAX_SUBSTITUTION_DAYS, faultsOfSubstitution } from './model.js';
export type { Campaign, SubstitutionFault } from './model.js';
export { screeningRetention } from './retention.js';
export { createScreeningService } from './service.js';
export type { ScreeningService } from './service.js';
export { createScreeningStore } from './store.js';
