/** The parameters of a search of the access log [S-3], 6.8. Pure. */
import { CALLER_KINDS, isAccessName } from '../auth/index.js';
import { daysBetween, isIsoDate } from '../platform/clock.js';
import type { IsoDate } from '../platform/clock.js';
import { isCodiceFiscale, withoutIdentifiers } from '../platform/ids/index.js';
import { faultOfText } from '../platform/plain-text.js';
import type { SearchRefusal } from './errors.js';

/** Which log: the TS database's, or the one of acts on the register in the consent database [O-4]. */
export const LOGS = ['ts', 'consent'] as const;
export type LogName = (typeof LOGS)[number];

/** In characters: a single word is no reason, and a reason is not a report. */
export const REASON_LENGTH = { least: 10, most: 300 };
/** Both ends included: the log is kept for twelve months [T-60]. */
export const MAX_SEARCH_DAYS = 366;
/** Rows per page. */
export const PAGE_ROWS = { usual: 100, most: 1_000 };
const LONGEST_FILTER = 100;

/** All filters must match. */
export interface LogSearch {
  /** The reason for the search: stored in the log with the filters. Must not identify anybody. */
  readonly reason: string;
  /** Days in Rome, both included. */
  readonly from: IsoDate;
  readonly to: IsoDate;
  readonly userId?: string | undefined;
  /** Codice fiscale of a doctor: the acting doctor or the titular. */
  readonly person?: string | undefined;
  readonly operation?: string | undefined;
  readonly outcome?: string | undefined;
  readonly transactionId?: string | undefined;
  readonly requestId?: string | undefined;
  /** Region of the caller: three digits, or SASN. */
  readonly region?: string | undefined;
  /** Kind of caller, in the policy's word. */
  readonly caller?: string | undefined;
  readonly rows?: number | undefined;
  /** Continues after a page: its `next`. */
  readonly after?: string | undefined;
}

/** A position in the log, newest first: all rows after it are older. */
export interface Place {
  readonly at: Date;
  readonly transactionId: string;
}

export function placeText({ at, transactionId }: Place): string {
  return `${at.getTime()}-${transactionId}`;
}

/** @returns undefined: `placeText` did not create it */
export function placeOf(text: string): Place | undefined {
  const [, at, transactionId] = /^([0-9]{1,14})-([0-9]{1,15})$/.exec(text) ?? [];
  return at === undefined || transactionId === undefined ? undefined : { at: new Date(Number(at)), transactionId };
}

const kinds: readonly string[] = CALLER_KINDS;

/** Returns everything that is wrong with a search, in the order of its fields. */
export function refusalsOf(search: LogSearch, log: LogName): SearchRefusal[] {
  const { reason, from, to, userId, person, operation, outcome, caller, rows = PAGE_ROWS.usual, after } = search;
  const length = reason.trim().length;
  const words = reason.replaceAll('_', ' '); // which would hide where an identifier begins
  const isReason = length >= REASON_LENGTH.least && reason.length <= REASON_LENGTH.most && isPlain(reason);
  const isInterval = isIsoDate(from) && isIsoDate(to);
  const isFilter = [userId, outcome].every(
    (text = '.') => text !== '' && text.length <= LONGEST_FILTER && isPlain(text),
  );
  const isPage = Number.isInteger(rows) && rows >= 1 && rows <= PAGE_ROWS.most;
  const found: Readonly<Partial<Record<SearchRefusal, boolean>>> = {
    'reason-form': !isReason,
    'reason-names-person': withoutIdentifiers(words) !== words,
    'interval-form': !isInterval,
    'interval-reversed': isInterval && from > to,
    'interval-too-long': isInterval && daysBetween(from, to) >= MAX_SEARCH_DAYS,
    // The register's log has no codice fiscale: one given there could only be a citizen's, whom nobody may search for
    // [O-4].
    'person-elsewhere': log === 'consent' && (person !== undefined || [userId, operation, outcome].some(namesPerson)),
    'person-form': person !== undefined && log === 'ts' && !isCodiceFiscale(person),
    'unknown-operation': operation !== undefined && !isAccessName(operation),
    'unknown-caller': caller !== undefined && !kinds.includes(caller),
    'filter-form': !isFilter || !hasForms(search) || (operation?.length ?? 0) > LONGEST_FILTER,
    'page-form': !isPage || (after !== undefined && placeOf(after) === undefined),
  };
  return Object.entries(found).flatMap(([refusal, applies]) => (applies ? [refusal as SearchRefusal] : []));
}

/** Whether a filter contains an identifier, including one with blanks or underscores inside. */
const namesPerson = (text = ''): boolean => {
  const joined = text.replace(/[\s_]+/g, '');
  return withoutIdentifiers(joined) !== joined || /[0-9]{11}/.test(joined);
};

const isPlain = (text: string): boolean => faultOfText(text) === undefined;

function hasForms({ transactionId, requestId, region }: LogSearch): boolean {
  return (
    (transactionId === undefined || /^[0-9]{1,15}$/.test(transactionId)) &&
    (requestId === undefined || /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(requestId)) &&
    (region === undefined || /^(?:[0-9]{3}|SASN)$/.test(region))
  );
}
