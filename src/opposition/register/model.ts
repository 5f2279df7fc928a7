/**
 * Who may express what, when and through which channel [O-3] [O-5], chapter 6: one pure function over everything that
 * the answer depends on. Does not know where the situation comes from and how a decision is kept.
 */
import type { IsoDate } from '../../platform/clock.js';
import type { AnaRecord } from '../../registry/index.js';
import { isWithinLateTerm, majorityDay } from './calendar.js';
import type { OppositionRefusal } from './errors.js';

export type DecisionValue = 'opposition' | 'revocation';

/** [O-1] How the person, or the operator on the person's behalf, was recognised. */
export const CHANNELS = ['digital_identity', 'free_area_card', 'free_area_stp', 'operator'] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * Row of the table of chapter 6: 1 expressed before, 2 in care and never expressed, 3 care reactivated, 4 newly adult.
 */
export type Category = 1 | 2 | 3 | 4;

/** What ANA says of a person, as far as the rules ask. */
export type Care = Pick<AnaRecord, 'status' | 'reactivatedOn' | 'birthDate'>;

export interface PastDecision {
  readonly value: DecisionValue;
  /** Europe/Rome. */
  readonly decidedOn: IsoDate;
}

/** A term of the function, both days included. Windows do not overlap. */
export interface Term {
  readonly id: string;
  readonly opensOn: IsoDate;
  readonly closesOn: IsoDate;
}

export interface Situation {
  /** Europe/Rome. */
  readonly today: IsoDate;
  readonly value: DecisionValue;
  readonly channel: Channel;
  /** Undefined: ANA knows nobody with this identifier. */
  readonly care: Care | undefined;
  /** Oldest first. */
  readonly history: readonly PastDecision[];
  readonly windows: readonly Term[];
}

export type Verdict =
  | {
      readonly allowed: true;
      readonly category: Category;
      /** The open window; undefined after it, when a decision is notified at once. */
      readonly window: string | undefined;
    }
  | { readonly allowed: false; readonly reason: OppositionRefusal };

const refuse = (reason: OppositionRefusal): Verdict => ({ allowed: false, reason });

/** Whether the person may express this value now, and as which category; else the reason that the page tells. */
export function mayExpress(situation: Situation): Verdict {
  const { today, value, care, windows } = situation;
  // What the windows alone decide comes first: whoever asks learns nothing of the person by it.
  const open = openWindow(windows, today);
  // The late function is what remains of a window that has ended (chapter 6): before the first one there is none.
  if (open === undefined && !windows.some(({ closesOn }) => closesOn < today)) return refuse('not-yet-open');
  if (open === undefined && value === 'revocation') return refuse('revocation-closed');
  if (care === undefined) return refuse('unknown-person');
  if (care.status === 'deceased') return refuse('deceased');
  if (today < majorityDay(care.birthDate)) return refuse('minor');
  return open === undefined ? afterWindow(situation, care) : inWindow(situation, care, open);
}

/** The window that is open on a day. */
export function openWindow(windows: readonly Term[], today: IsoDate): Term | undefined {
  return windows.find(({ opensOn, closesOn }) => opensOn <= today && today <= closesOn);
}

/** In the free area nobody may learn what the person has chosen before. */
const isFreeArea = (channel: Channel): boolean => channel === 'free_area_card' || channel === 'free_area_stp';

/** A date of care that is still to come is no care yet. */
function isInCare({ status, reactivatedOn }: Care, today: IsoDate): boolean {
  return status === 'in_care' && reactivatedOn <= today;
}

/**
 * Everybody in care, through every channel; who expressed himself before the window also when no longer in care. In the free
 * area the value already chosen is recorded once more: a refusal would show the earlier choice.
 */
function inWindow({ today, value, channel, history }: Situation, care: Care, open: Term): Verdict {
  const hasExpressedBefore = history.some(({ decidedOn }) => decidedOn < open.opensOn);
  if (!hasExpressedBefore && !isInCare(care, today)) return refuse('not-in-care');
  const category = hasExpressedBefore ? 1 : 2;
  if (isFreeArea(channel)) return { allowed: true, category, window: open.id };
  const last = history.at(-1);
  // What was expressed in an earlier term, either value, may be confirmed in this one [O-5] 1; the same one twice in this
  // term is a repetition.
  const isRepeated = last?.value === value && last.decidedOn >= open.opensOn;
  if (isRepeated) return refuse(value === 'opposition' ? 'already-opposed' : 'nothing-to-revoke');
  if (value === 'revocation' && last === undefined) return refuse('nothing-to-revoke');
  return { allowed: true, category, window: open.id };
}

/**
 * Who never expressed himself, within thirty days of coming of age or of the reactivation of care: the newly adult through
 * every channel ("anche tramite intermediario"), the others through operators only.
 */
function afterWindow({ today, channel, history }: Situation, care: Care): Verdict {
  if (history.length > 0) return refuse('already-expressed');
  if (!isInCare(care, today)) return refuse('not-in-care');
  if (isWithinLateTerm(majorityDay(care.birthDate), today)) return { allowed: true, category: 4, window: undefined };
  if (!isWithinLateTerm(care.reactivatedOn, today)) return refuse('term-over');
  return channel === 'operator' ? { allowed: true, category: 3, window: undefined } : refuse('operator-only');
}

/** [N-2] Who has a FSE of its own: regions and autonomous provinces as the Sistema TS numbers them, and SASN (chapter 6). */
// prettier-ignore
export const RECEIVERS: readonly string[] = [
  '010', '020', '030', '041', '042', '050', '060', '070', '080', '090', '100',
  '110', '120', '130', '140', '150', '160', '170', '180', '190', '200', 'SASN',
];
