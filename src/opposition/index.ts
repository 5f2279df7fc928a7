/**
 * What other folders may import from the opposition. Sending has its own sending/index.ts, because it loads the SOAP
 * client.
 */
export { BLOCK_REFUSALS, MAY_BE_FED } from './block/outcomes.js';
export { createBlockService } from './block/service.js';
export { BLOCK_MODES, createBlockDesk } from './block/setting.js';
export { createCompletion } from './sending/completion.js';
export { consentPortalRole, consentReaderRole, consentRetentionRole, consentRole } from './database-roles.js';
export { consentEntities } from './entities.js';
export { OPPOSITION_REFUSALS, oppositionOutcome, type OppositionRefusal } from './register/errors.js';
export {
  createNoticeDesk,
  type Acknowledgement,
  type Notice,
  type NoticeDesk,
  type NoticeRefusal,
} from './register/notice.js';
export {
  createDecisionImportDesk,
  DECISION_IMPORT_PROBLEMS,
  type DecisionImportProblem,
  type DecisionImportResult,
} from './register/import.js';
export { consentMigrations } from './migrations.js';
export {
  CHANNELS,
  RECEIVERS,
  type Category,
  type Channel,
  type DecisionValue,
  type Term,
  type Verdict,
} from './register/model.js';
export { createOfficeDesk, type OfficeDesk, type OfficeRefusal, type OwnOffice } from './desks/offices.js';
export { createOutboxDesk, NOTIFICATION_STATES, type Exported, type RegionSummary } from './desks/outbox.js';
export { OUTDATED_REASONS, createOutdatedDesk, type Outdated, type OutdatedReason } from './desks/outdated.js';
export {
  createPlanning,
  type OnProgress,
  type Planning,
  type Planned,
  type PlanProgress,
  type PlanRefusal,
} from './sending/planning.js';
export { planningJob, warnOfOverdue } from './sending/planning-job.js';
export type { ConsentTables } from './tables.js';
export {
  areAnchors,
  createReceiverDesk,
  type ReceiverChange,
  type ReceiverDesk,
  type ReceiverRefusal,
} from './sending/receivers.js';
export { TLS_MAX } from './sending/region.js';
export { consentRetention, freeAreaRetention } from './retention.js';
export {
  createOppositionService,
  type Eligibility,
  type Expressed,
  type Expression,
  type OppositionService,
} from './register/service.js';
export type { OwnDecision, Receipt as DecisionReceipt } from './register/own-decisions.js';
export type { PastNotification } from './register/store.js';
export { readTerms, type PublicTerms } from './register/terms.js';
export { registerOutcome } from './operations.js';
export { createGuessCounter } from './register/guesses.js';
export {
  createWindowDesk,
  listWindows,
  type WindowDesk,
  type WindowRefusal,
  type WindowState,
} from './register/windows.js';
