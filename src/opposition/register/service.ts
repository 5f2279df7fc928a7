/**
 * Expressing an opposition or its revocation (chapter 5): notice, identity of the channel, intermediary, ANA, rules, one
 * transaction. Knows neither pages nor the command line; who calls has authenticated the person or the operator [O-1].
 */
import { romeDate } from '../../platform/clock.js';
import type { Clock } from '../../platform/clock.js';
import { isPersonIdentifier, isStpCode } from '../../platform/ids/index.js';
import type { AnaLookup, AnaRecord } from '../../registry/index.js';
import type { OppositionRefusal } from './errors.js';
import { mayExpress } from './model.js';
import type { Category, Channel, DecisionValue } from './model.js';
import type { PastNotification, RegisterStore } from './store.js';

export interface Expression {
  /** Codice fiscale, provisional codice fiscale or STP code. */
  readonly subject: string;
  readonly value: DecisionValue;
  readonly channel: Channel;
  /** Codice fiscale of the operator; the subject when acting in person. */
  readonly enteredBy: string;
  /** Role in which he acts, as signed in: `cittadino`, `operatore ASL`, … */
  readonly enteredRole: string;
  /** Of the operator; undefined in the other channels. */
  readonly office?: string | undefined;
  /** When the privacy notice was acknowledged [O-2]; undefined: it was not. */
  readonly noticeAcknowledgedAt?: Date | undefined;
}

export type ExpressionOutcome =
  | {
      readonly kind: 'recorded';
      /** Opaque reference: the only thing of a decision that may be logged. */
      readonly decisionId: string;
      readonly category: Category;
      /** Of the notification queued with it; undefined in a window, whose notifications are planned at its end [N-1]. */
      readonly messageId: string | undefined;
      /** With a revocation: what a region was already told of the person. */
      readonly earlier: PastNotification | undefined;
    }
  | { readonly kind: 'allowed'; readonly category: Category; readonly earlier: PastNotification | undefined }
  | { readonly kind: 'refused'; readonly reason: OppositionRefusal };

export interface OppositionService {
  /** Records the expression, or says why not. Nothing of it is logged. */
  express(expression: Expression): Promise<ExpressionOutcome>;
  /** The same verdict, and nothing is recorded: `allowed` where `express` would record. */
  foresee(expression: Expression): Promise<ExpressionOutcome>;
}

export interface OppositionServiceOptions {
  readonly store: RegisterStore;
  readonly ana: AnaLookup;
  readonly clock: Clock;
}

/** Two requests of one person that race, or a window that ends meanwhile: looking again once settles it, as a rule. */
const ATTEMPTS = 5;

export function createOppositionService({ store, ana, clock }: OppositionServiceOptions): OppositionService {
  /** [O-7] Only offices that the region of care has named, and only their operators. */
  async function intermediaryRefusal(
    { channel, office, enteredBy }: Expression,
    person: AnaRecord | undefined,
  ): Promise<OppositionRefusal | undefined> {
    if (channel !== 'operator') return undefined;
    const { isOfRegion, hasOperator } = await store.intermediary(office ?? '', person?.region ?? '', enteredBy);
    // Who is not of the office learns nothing of the person, not even that there is one.
    if (!hasOperator) return 'operator-not-of-office';
    return isOfRegion || person === undefined ? undefined : 'office-not-authorised';
  }

  async function decide(expression: Expression, record: boolean): Promise<ExpressionOutcome> {
    const formal = formalRefusal(expression);
    const { subject, value, channel, enteredBy, enteredRole, office, noticeAcknowledgedAt } = expression;
    if (formal !== undefined) return { kind: 'refused', reason: formal };
    if (noticeAcknowledgedAt === undefined) return { kind: 'refused', reason: 'notice-not-acknowledged' };
    // The other database is asked before the transaction, which is of one database only.
    const person = await ana.find(subject);
    const foreign = await intermediaryRefusal(expression, person);
    if (foreign !== undefined) return { kind: 'refused', reason: foreign };

    // [G-5] What the person expressed under any identifier counts; what he expresses now is kept under the present one.
    const identifiers = person?.identifiers ?? [subject];
    const [present = subject] = identifiers;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const [history, windows] = await Promise.all([store.history(identifiers), store.windows()]);
      const decidedAt = after(history.at(-1)?.decidedAt, clock.now());
      const decidedOn = romeDate(decidedAt);
      const verdict = mayExpress({ today: decidedOn, value, channel, care: person, history, windows });
      if (!verdict.allowed || person === undefined) {
        return { kind: 'refused', reason: verdict.allowed ? 'unknown-person' : verdict.reason };
      }
      const { category, window } = verdict;
      const earlier = value === 'revocation' ? await store.lastNotification(identifiers) : undefined;
      if (!record) return { kind: 'allowed', category, earlier };
      const recorded = await store.record({
        ...{ subject: present, identifiers, enteredBy: channel === 'operator' ? enteredBy : present },
        ...{ value, channel, enteredRole, office, noticeAcknowledgedAt },
        ...{ decidedAt, decidedOn, category, window, region: person.region },
        ordinal: Math.max(0, ...history.map(({ ordinal }) => ordinal)) + 1,
      });
      if (recorded.kind === 'recorded') {
        const { decisionId, messageId } = recorded;
        return { kind: 'recorded', decisionId, category, messageId, earlier };
      }
    }
    // Only planning before the window's last day keeps a verdict from ever being recorded; it refuses to.
    return { kind: 'refused', reason: 'term-over' };
  }

  return {
    express: (expression) => decide(expression, true),
    foresee: (expression) => decide(expression, false),
  };
}

/** A person's decisions are in the order of their instants, whatever the clocks of the machines say: the last one counts. */
function after(last: Date | undefined, now: Date): Date {
  return last === undefined || last < now ? now : new Date(last.getTime() + 1);
}

/** What the request itself shows to be wrong, before anybody is looked up [O-1]. */
function formalRefusal({ subject, channel, enteredBy, office }: Expression): OppositionRefusal | undefined {
  if (!isPersonIdentifier(subject)) return 'invalid-identifier';
  // SPID, CIE and TS-CNS are issued to a codice fiscale, the card area asks for a TS card: an STP code has neither.
  const isForStp = channel === 'free_area_stp';
  if (channel !== 'operator' && isForStp !== isStpCode(subject)) return 'wrong-channel';
  if (channel === 'operator') return office === undefined ? 'operator-not-of-office' : undefined;
  return enteredBy === subject && office === undefined ? undefined : 'not-for-another';
}
