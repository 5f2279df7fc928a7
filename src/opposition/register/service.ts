/**
 * Expression of an opposition or its revocation (chapter 5): notice, identity of the channel, intermediary, ANA, rules,
 * one transaction. Caller, channel and role come from the call [O-10], never from the request.
 */
import { recordIn } from '../../audit/index.js';
import { Refused, subjectKindOf } from '../../auth/index.js';
import type { AdmittedAccess, CallOf, Entry, Operation } from '../../auth/index.js';
import { romeDate } from '../../platform/clock.js';
import type { Clock, IsoDate } from '../../platform/clock.js';
import type { Queryable } from '../../platform/db/index.js';
import { isPersonIdentifier, isStpCode } from '../../platform/ids/index.js';
import { DONE } from '../../platform/outcome.js';
import type { AnaLookup, AnaRecord } from '../../registry/index.js';
import { decisionOperations, inFreeArea } from './errors.js';
import { createLookupCounter } from './lookups.js';
import type { OppositionRefusal } from './errors.js';
import { channelOf, mayExpress, openWindow } from './model.js';
import type { Category, Channel, DecisionValue, Verdict } from './model.js';
import { acknowledgementFault } from './notice.js';
import type { Acknowledgement } from './notice.js';
import { createOwnDecisions } from './own-decisions.js';
import type { OwnDecisions } from './own-decisions.js';
import { createRegisterStore } from './store.js';
import type { PastNotification, RecordedDecision } from './store.js';

interface OfPerson {
  /**
   * The person for whom an intermediary acts: codice fiscale, provisional codice fiscale or STP code. Other callers act
   * for themselves.
   */
  readonly subject?: string | undefined;
}

export interface Expression extends OfPerson {
  readonly value: DecisionValue;
  /** Acknowledgement of the privacy notice [O-2]; undefined: none. */
  readonly notice?: Acknowledgement | undefined;
  /**
   * Id of the portal's session. An acknowledgement made in it is of one expression: the same value sent again is that
   * expression, another one needs a new acknowledgement.
   */
  readonly visit?: string | undefined;
}

export interface Expressed {
  /** Opaque reference: the only field of a decision that may be logged. */
  readonly decisionId: string;
  readonly category: Category;
  readonly decidedAt: Date;
  /**
   * Of the notification queued with the decision; undefined in a window, whose notifications are planned at its end
   * [N-1].
   */
  readonly messageId: string | undefined;
  /** With a revocation: the last notification about the person to a region. Never disclosed in the free area. */
  readonly earlier: PastNotification | undefined;
}

/** Which values a person may express now. */
export interface Eligibility {
  readonly opposition: Verdict;
  readonly revocation: Verdict;
  /** Last day of the open window, until which a decision can be changed; undefined: no window is open. */
  readonly closesOn: IsoDate | undefined;
}

export interface OppositionService extends OwnDecisions {
  /** Records the expression, once however often it is sent, or reports why not. Its value is never logged. */
  readonly express: Operation<Expression, OppositionRefusal, Expressed>;
  /**
   * Values that the person may express. Intermediaries learn them only for persons in care of regions that have named
   * their office.
   */
  readonly eligibility: Operation<OfPerson, OppositionRefusal, Eligibility>;
}

export interface OppositionServiceOptions {
  /** The consent database, as the register's role, or a transaction on it. */
  readonly tables: Queryable;
  readonly ana: Pick<AnaLookup, 'find'>;
  readonly clock: Clock;
}

type Acting = CallOf<'opposition-express'>;

/** Who acts for whom, according to the call. */
interface Act {
  readonly subject: string;
  readonly channel: Channel;
  /** Codice fiscale of an intermediary; undefined: the person acts. */
  readonly intermediary: string | undefined;
  readonly office: string | undefined;
}

/** Concurrent requests of one person, or a window that ends meanwhile, usually need one more attempt. */
const ATTEMPTS = 5;

/** Chapter 5: the role of the person who enters the decision. */
const OWN_ROLE = 'cittadino';
const OFFICE_ROLES = { asl: 'operatore ASL', usmaf_sasn: 'operatore USMAF-SASN' } as const;

export function createOppositionService({ tables, ana, clock }: OppositionServiceOptions): OppositionService {
  const store = createRegisterStore(tables);
  const operation = decisionOperations(tables, clock);
  const lookups = createLookupCounter(tables);

  /** The person concerned and the role of the caller; or why the caller may not act. */
  async function find(
    { caller }: Acting,
    { subject, channel, intermediary, office }: Act,
  ): Promise<{ person: AnaRecord | undefined; role: string; region: string | undefined } | OppositionRefusal> {
    if (!isPersonIdentifier(subject)) return 'invalid-identifier';
    // SPID, CIE and TS-CNS are issued to a codice fiscale, and the card area requires a TS card: an STP code has none
    // of them.
    if (channel !== 'operator' && (channel === 'free_area_stp') !== isStpCode(subject)) return 'wrong-channel';
    // Queries the other database before the transaction, which covers one database only.
    const person = await ana.find(subject);
    if (caller.kind !== 'account' || intermediary === undefined) return { person, role: OWN_ROLE, region: undefined };
    // [O-7] Only offices named by the region of care, and only their operators.
    const found = await store.intermediary(office ?? '', person?.region ?? '', intermediary);
    // A caller who does not belong to the office learns nothing about the person, not even whether one exists.
    if (!found.hasOperator) return 'operator-not-of-office';
    if (person === undefined) return 'unknown-person';
    if (found.kind === null) return 'office-not-authorised';
    return { person, role: OFFICE_ROLES[found.kind], region: person.region };
  }

  /** The same confirmation was sent before. */
  async function repeated(
    { id: decisionId, category, decidedAt }: RecordedDecision,
    access: AdmittedAccess,
  ): Promise<Expressed & { readonly transactionId: number }> {
    if (category === null) throw new Error('an imported decision has no session');
    const transactionId = await recordIn(tables, access, 'repeated');
    return { transactionId, decisionId, category, decidedAt, messageId: undefined, earlier: undefined };
  }

  return {
    express: operation(
      'opposition-express',
      async (call, request: Expression, access) => {
        const { caller, at } = call;
        const refused = (reason: OppositionRefusal, region?: string) =>
          new Refused([inFreeArea(caller, reason)] as const, region);
        const act = actOf(caller, request);
        if (typeof act === 'string') return refused(act);
        const { value, notice, visit } = request;
        const fault = acknowledgementFault(notice, await store.lastNotice(), at);
        // What is sent again may be recorded already: then the notice may have changed or expired since.
        if (notice === undefined || (fault !== undefined && visit === undefined))
          return refused(fault ?? 'notice-not-acknowledged');
        const found = await find(call, act);
        if (typeof found === 'string') return refused(found);
        const { person, role, region } = found;
        const { subject, channel, intermediary, office } = act;
        // [G-5] Decisions under every identifier count; a new one is stored under the present identifier.
        const identifiers = person?.identifiers ?? [subject];
        const [present = subject] = identifiers;
        for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
          const [history, windows] = [await store.history(identifiers), await store.windows()];
          // After the history: whatever that contains is found here too.
          const earlierOne = visit === undefined ? undefined : await store.expressedBy(visit, notice.at);
          if (earlierOne?.value === value) return repeated(earlierOne, access);
          if (earlierOne !== undefined || fault !== undefined) return refused(fault ?? 'notice-expired', region);
          const decidedAt = after(history.at(-1)?.decidedAt, at);
          const decidedOn = romeDate(decidedAt);
          const verdict = mayExpress({ today: decidedOn, value, channel, care: person, history, windows });
          if (!verdict.allowed || person === undefined) {
            return refused(verdict.allowed ? 'unknown-person' : verdict.reason, region);
          }
          const { category, window } = verdict;
          const isTold = value === 'revocation' && caller.kind !== 'free_area';
          const earlier = isTold ? await store.lastNotification(identifiers) : undefined;
          const recorded = await store.record(
            {
              ...{
                subject: present,
                identifiers,
                value,
                channel,
                office,
                category,
                window,
                notice,
                visit,
                decidedAt,
                decidedOn,
              },
              ...{ enteredBy: intermediary ?? present, enteredRole: role, region: person.region },
              ordinal: Math.max(0, ...history.map(({ ordinal }) => ordinal)) + 1,
            },
            { ...access, region: region ?? access.region },
          );
          if (recorded !== undefined) {
            if (intermediary !== undefined) await lookups.acted(intermediary);
            return { ...recorded, category, decidedAt, earlier };
          }
        }
        // Only planning before the window's last day could prevent a permitted decision from ever being recorded;
        // planning refuses to run then.
        return refused('term-over', region);
      },
      about,
    ),

    eligibility: operation(
      'opposition-eligibility',
      async (call, request: OfPerson, access) => {
        const act = actOf(call.caller, request);
        if (typeof act === 'string') return new Refused([act]);
        if (act.intermediary !== undefined && isPersonIdentifier(act.subject)) {
          const isFew = await lookups.claim(act.intermediary, act.subject, call.at);
          if (!isFew) return new Refused(['too-many-lookups']);
        }
        const found = await find(call, act);
        if (typeof found === 'string') return new Refused([found]);
        const { person, region } = found;
        const today = romeDate(call.at);
        const [history, windows] = [await store.history(person?.identifiers ?? [act.subject]), await store.windows()];
        const judge = (value: DecisionValue): Verdict =>
          mayExpress({ today, value, channel: act.channel, care: person, history, windows });
        return {
          transactionId: await recordIn(tables, { ...access, region: region ?? access.region }, DONE.code),
          ...{ opposition: judge('opposition'), revocation: judge('revocation') },
          closesOn: openWindow(windows, today)?.closesOn,
        };
      },
      about,
    ),

    ...createOwnDecisions({ tables, ana, clock }),
  };
}

/** For whom the caller acts, and in which role; or why the caller may not. */
function actOf(caller: Acting['caller'], { subject }: OfPerson): Act | OppositionRefusal {
  if (caller.kind === 'account') {
    const { office } = caller.capacity;
    if (office === undefined) return 'operator-not-of-office';
    if (subject === undefined) return 'invalid-identifier';
    return { subject, channel: 'operator', intermediary: caller.codiceFiscale, office };
  }
  const own = caller.kind === 'citizen' ? caller.codiceFiscale : caller.subject;
  if (subject !== undefined && subject !== own) return 'not-for-another';
  return { subject: own, channel: channelOf(caller), intermediary: undefined, office: undefined };
}

/** Orders a person's decisions by increasing instants, even if machines' clocks differ: the last one counts. */
function after(last: Date | undefined, now: Date): Date {
  return last === undefined || last < now ? now : new Date(last.getTime() + 1);
}

/** The kind of identifier of the person for whom an intermediary acts; never the identifier [O-4]. */
function about({ subject }: OfPerson): Entry {
  return subject !== undefined && isPersonIdentifier(subject) ? { subjectKind: subjectKindOf(subject) } : {};
}
