/** What other folders may import from the roster. */
export { createRosterDesk, type RosterDesk, type RosterDeskOptions } from './desk.js';
export {
  INTAKE_MESSAGES,
  IntakeError,
  outOfSpace,
  REFUSAL_TEXTS,
  rosterOutcome,
  type Refusal,
  type RosterRefusal,
} from './errors.js';
export { exchangeFolderJob } from './exchange-job.js';
export { type IntakeOutcome, type IntakeRequest } from './intake.js';
export { createIntakes } from './intakes.js';
export { createUploadDesk, type UploadDesk } from './upload.js';
export { LAYOUTS, type Intake, type ResultRow } from './model.js';
export { resultCsv } from './results.js';
export { rosterDepartures, rosterRetention } from './retention.js';
