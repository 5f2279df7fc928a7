/**
 * Who may express what, when and through which channel [O-3] [O-5], chapter 6: one pure function of everything that the
 * answer depends on. Does not load or store anything.
 */
import type { AccountHolder, Citizen, FreeAreaHolder } from '../../auth/index.js';
import type { IsoDate } from '../../platform/clock.js';
import type { AnaRecord } from '../../registry/index.js';
import { isWithinLateTerm, majorityDay } from './calendar.js';
import type { OppositionRefusal } from './errors.js';

export type DecisionValue = 'opposition' | 'revocation';

/** [O-1] How the person, or the operator acting for the person, was identified. */
export const CHANNELS = ['digital_identity', 'free_area_card', 'free_area_stp', 'operator'] as const;
export type Channel = (typeof CHANNELS)[number];

/** The channel of a caller: the person concerned, or an intermediary. */
export function channelOf(caller: Citizen | FreeAreaHolder | AccountHolder): Channel {
  if (caller.kind === 'account') return 'operator';
  if (caller.kind === 'citizen') return 'digital_identity';
  return caller.method === 'stp' ? 'free_area_stp' : 'free_area_card';
}

/**
 * Row of the table of chapter 6: 1 expressed before, 2 in care and never expressed, 3 care reactivated, 4 newly adult.
 */
export type Category = 1 | 2 | 3 | 4;

/** The fields of an ANA record that the rules use. */
export type Care = Pick<AnaRecord, 'status' | 'reactivatedOn' | 'birthDate'>;

export interface PastDecision {
  readonly value: DecisionValue;
  /** Europe/Rome. */
  readonly decidedOn: IsoDate;
}

/** A term for expressing decisions, both days included. Windows do not overlap. */
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
  /** Undefined: this identifier is not in ANA. */
  readonly care: Care | undefined;
  /** Oldest first. */
  readonly history: readonly PastDecision[];
  readonly windows: readonly Term[];
}

export type Verdict =
  | {
      readonly allowed: true;
      readonly category: Category;
      /** The open window; undefined outside windows, when a decision is notified at once. */
      readonly window: string | undefined;
    }
  | { readonly allowed: false; readonly reason: OppositionRefusal };

const refuse = (reason: OppositionRefusal): Verdict => ({ allowed: false, reason });

/** Whether the person may express this value now, and in which category; otherwise the reason to show. */
export function mayExpress(situation: Situation): Verdict {
  const { today, value, care, windows } = situation;
  // Checks that depend only on the windows come first: their result reveals nothing about the person.
  const open = openWindow(windows, today);
  // Late expression exists only after a window has ended (chapter 6): before the first window there is none.
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

/** The free area must not reveal an earlier choice. */
const isFreeArea = (channel: Channel): boolean => channel === 'free_area_card' || channel === 'free_area_stp';

/** Care that starts on a future date is not care yet. */
function isInCare({ status, reactivatedOn }: Care, today: IsoDate): boolean {
  return status === 'in_care' && reactivatedOn <= today;
}

/**
 * Open to everybody in care, through every channel, and to persons no longer in care who expressed a decision before
 * the window. The free area records a value again if it was already chosen: a refusal would reveal the earlier choice.
 */
function inWindow({ today, value, channel, history }: Situation, care: Care, open: Term): Verdict {
  const hasExpressedBefore = history.some(({ decidedOn }) => decidedOn < open.opensOn);
  if (!hasExpressedBefore && !isInCare(care, today)) return refuse('not-in-care');
  const category = hasExpressedBefore ? 1 : 2;
  if (isFreeArea(channel)) return { allowed: true, category, window: open.id };
  const last = history.at(-1);
  // A decision of an earlier term, either value, may be confirmed in this one [O-5] 1; expressing the same value twice
  // in one term is a repetition.
  const isRepeated = last?.value === value && last.decidedOn >= open.opensOn;
  if (isRepeated) return refuse(value === 'opposition' ? 'already-opposed' : 'nothing-to-revoke');
  if (value === 'revocation' && last === undefined) return refuse('nothing-to-revoke');
  return { allowed: true, category, window: open.id };
}

/**
 * Open to persons who never expressed a decision, within thirty days of coming of age or of the reactivation of care:
 * to the newly adult through every channel ("anche tramite intermediario"), to the others only through operators.
 */
function afterWindow({ today, channel, history }: Situation, care: Care): Verdict {
  if (history.length > 0) return refuse('already-expressed');
  if (!isInCare(care, today)) return refuse('not-in-care');
  if (isWithinLateTerm(majorityDay(care.birthDate), today)) return { allowed: true, category: 4, window: undefined };
  if (!isWithinLateTerm(care.reactivatedOn, today)) return refuse('term-over');
  return channel === 'operator' ? { allowed: true, category: 3, window: undefined } : refuse('operator-only');
}

/**
 * [N-2] Owners of an FSE: regions and autonomous provinces by their numbers in the Sistema TS, and SASN (chapter 6).
 */
// prettier-ignore
export const RECEIVERS: readonly string[] = [
  '010', '020', '030', '041', '042', '050', '060', '070', '080', '090', '100',
  '110', '120', '130', '140', '150', '160', '170', '180', '190', '200', 'SASN',
];
