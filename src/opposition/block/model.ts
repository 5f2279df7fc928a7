/**
 * The block of past documents, as a rule (chapters 5 and 6) [B-1]. Pure: what the register says is handed in. A document
 * that is not at stake is accepted whoever it is about, so the register need not be asked.
 */
import type { IsoDate } from '../../platform/clock.js';

/** The first day that is not of the past: what was produced, or happened, before it may be opposed. */
export const FIRST_PRESENT_DAY: IsoDate = '2020-05-19';

/** Kinds of documents, and whether the opposition spares them: prescriptions and dispensations, of drugs and specialists (chapter 5). */
const SPARED = {
  report: false,
  'emergency-report': false,
  'discharge-letter': false,
  'patient-summary': false,
  'clinical-record': false,
  vaccination: false,
  'implant-card': false,
  'prevention-invitation': false,
  'drug-prescription': true,
  'specialist-prescription': true,
  'drug-dispensation': true,
  'specialist-dispensation': true,
  other: false,
} as const satisfies Record<string, boolean>;

export type DocumentKind = keyof typeof SPARED;

export interface PastDocument {
  /** Day in Rome on which it was produced. */
  readonly producedOn: IsoDate;
  /** Day of the clinical event, where the system tells it: it then decides, as the opposition is to events [B-3], chapter 5. */
  readonly eventOn?: IsoDate | undefined;
  /** Of a service of the SSN; private ones are no matter of this opposition [B-3], chapter 1. */
  readonly ofHealthService: boolean;
  readonly kind: DocumentKind;
  /** Already in the regional record, with the person's specific consent to its loading. */
  readonly loadedWithConsent: boolean;
}

/** What the register of consents says of a person, and of the block. */
export interface RegisterState {
  /** Window closed and bulk notified, or as the operator set it. */
  readonly active: boolean;
  /** The person's last decision that counts is an opposition [O-8]. */
  readonly opposed: boolean;
}

/** Whether an opposition could block the document at all. */
export function isAtStake(document: PastDocument): boolean {
  return isOpposable(document) && (document.eventOn ?? document.producedOn) < FIRST_PRESENT_DAY;
}

/**
 * A document reports what has happened: an event of a later day is a mistake, and would carry a past document through the
 * block. What no opposition concerns is accepted whatever its days are (chapter 5).
 */
export function isEventAfterDocument(document: PastDocument): boolean {
  const { producedOn, eventOn } = document;
  return isOpposable(document) && eventOn !== undefined && eventOn > producedOn;
}

function isOpposable({ ofHealthService, kind, loadedWithConsent }: PastDocument): boolean {
  return ofHealthService && !loadedWithConsent && !SPARED[kind];
}

/** Whether the document must not be fed into the record. All else may. */
export function isBlocked(document: PastDocument, { active, opposed }: RegisterState): boolean {
  return active && opposed && isAtStake(document);
}
