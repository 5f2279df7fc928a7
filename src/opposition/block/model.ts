/**
 * The rule of the block of past documents (chapters 5 and 6) [B-1]. Pure: the caller passes what the register says. A
 * document outside the opposition's scope is accepted for every person, so the register need not be queried.
 */
import type { IsoDate } from '../../platform/clock.js';

/** First day that is not in the past: documents produced, or events that happened, before it can be opposed. */
const FIRST_PRESENT_DAY: IsoDate = '2020-05-19';

/**
 * Kinds of documents, and whether they are exempt: prescriptions and dispensations, pharmaceutical and specialist
 * (chapter 5).
 */
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
  /** Day in Rome on which the document was produced. */
  readonly producedOn: IsoDate;
  /**
   * Day of the clinical event, if the system sends it. It then decides, because the opposition concerns events [B-3],
   * chapter 5.
   */
  readonly eventOn?: IsoDate | undefined;
  /** Whether the SSN provided the service; private services are outside the opposition [B-3], chapter 1. */
  readonly ofHealthService: boolean;
  readonly kind: DocumentKind;
  /** Already in the regional record, with the person's specific consent to its loading. */
  readonly loadedWithConsent: boolean;
}

/** State of a person in the register of consents, and of the block. */
export interface RegisterState {
  /** Window closed and bulk notified, or set by the operator. */
  readonly active: boolean;
  /** The person's last effective decision is an opposition [O-8]. */
  readonly opposed: boolean;
}

/** Whether an opposition can block the document at all. */
export function isAtStake(document: PastDocument): boolean {
  return isOpposable(document) && (document.eventOn ?? document.producedOn) < FIRST_PRESENT_DAY;
}

/**
 * A document reports what has happened: an event on a later day is a mistake, and would let a past document pass the
 * block. Documents outside the opposition's scope are accepted whatever their dates (chapter 5).
 */
export function isEventAfterDocument(document: PastDocument): boolean {
  const { producedOn, eventOn } = document;
  return isOpposable(document) && eventOn !== undefined && eventOn > producedOn;
}

function isOpposable({ ofHealthService, kind, loadedWithConsent }: PastDocument): boolean {
  return ofHealthService && !loadedWithConsent && !SPARED[kind];
}

/** Whether the document must not be fed into the record. */
export function isBlocked(document: PastDocument, { active, opposed }: RegisterState): boolean {
  return active && opposed && isAtStake(document);
}
