/** What others may use of the roster. */
export { createRosterDesk, type RosterDesk } from './desk.js';
export { IntakeError, outOfSpace, REFUSAL_TEXTS, refusalOf, type IntakeProblem, type Refusal } from './errors.js';
export { exchangeFolderJob, type ExchangeOptions } from './exchange-job.js';
export { takeIn, type IntakeOptions, type IntakeOutcome } from './intake.js';
export { rosterMigrations } from './migrations.js';
export { LAYOUTS, type Intake, type Layout, type ResultRow, type RosterResult } from './model.js';
export { resultCsv } from './results.js';
export { rosterDepartures, rosterRetention } from './retention.js';
export { withdrawIntake, withdrawPerson, type WithdrawalOptions } from './withdrawal.js';
