/** What other folders may import from the roster. */
export { createRosterDesk, type RosterDesk, type RosterDeskOptions } from './desk.js';
export {
  INTAKE_MESSAGES,
  IntakeError,
  outOfSpace,
  REFUSAL_TEXTS,
  refusalOf,
  rosterOutcome,
  type IntakeProblem,
  type Refusal,
  type RosterRefusal,
} from './errors.js';
export { exchangeFolderJob, type ExchangeOptions } from './exchange-job.js';
export { type IntakeOutcome, type IntakeRequest } from './intake.js';
export { createIntakes, type Intakes } from './intakes.js';
export { createUploadDesk, type Upload, type UploadDesk, type UploadDeskOptions } from './upload.js';
export { rosterMigrations } from './migrations.js';
export { LAYOUTS, type Intake, type Layout, type ResultRow, type RosterResult } from './model.js';
export { resultCsv } from './results.js';
export { rosterDepartures, rosterRetention } from './retention.js';
