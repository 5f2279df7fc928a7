/**
 * Who may do what: the complete policy, in one table. Tables 1 and 2 of the first specification (3.3, 4.3). Afterwards
 * the service checks whose data are concerned (titular, substitute).
 */
import { kindOf } from './caller.js';
import type { Caller, CallerKind, CallerOfKind } from './caller.js';
import type { Call } from './call.js';

/** The permitted methods for each kind of caller; an absent kind or method is never permitted. */
export type Callers = { readonly [Kind in CallerKind]?: readonly CallerOfKind<Kind>['method'][] };

interface PolicyRow {
  /** For the catalogue of events (docs/events.md). */
  readonly meaning: string;
  readonly callers: Callers;
}

const doctors = { doctor: ['card', 'password'] } as const;
/** `admin`: until the web application exists, and where it cannot be used. */
const aslOperators = { asl_operator: ['card', 'password', 'admin'] } as const;

/** [O-1] Persons acting on their own data, by two factors. */
const citizens = { citizen: ['spid', 'cie', 'card'] } as const;
/** Chapter 4: by two factors only. `admin` as above. */
const intermediaries = { intermediary: ['spid', 'cie', 'card', 'admin'] } as const;

/** How administrators and auditors sign in. */
const OVERSIGHT = ['card', 'password', 'spid', 'cie'] as const;
/** Ministry users: by their own credentials or SPID (2.3). */
const MINISTRY = ['password', 'spid'] as const;

/** The operator, not on behalf of an account, by a command. */
const operators = { operator: ['admin'] } as const;
const titularsAndOperators = { ...doctors, ...operators } as const;

/** The worker on schedule, or an operator on request. */
const operatorsAndJobs = { operator: ['admin'], job: ['job'] } as const;
/** The worker, when a job runs. */
const jobs = { job: ['job'] } as const;

/** An uploader reads their own files only. */
const rosterReaders = { operator: ['admin'], ministry_uploader: MINISTRY } as const;

/** [S-3] 6.8: administrators, and auditors, who change nothing. */
const overseers = { administrator: OVERSIGHT, auditor: OVERSIGHT, operator: ['admin'] } as const;

/** Account holders with secrets (Tables 1 and 2, 2.3, 6.2). Doctors and ASL operators do not sign in by SPID or CIE. */
const secretHolders = {
  doctor: ['card', 'password'],
  asl_operator: ['card', 'password'],
  ministry_uploader: MINISTRY,
  ministry_administrator: MINISTRY,
  administrator: OVERSIGHT,
  auditor: OVERSIGHT,
} as const;

/** Every account holder, in any capacity. Intermediaries have no secrets (chapter 4 of the second specification). */
const holders = { ...secretHolders, intermediary: ['spid', 'cie', 'card'] } as const;

/** The operations and their callers. */
export const POLICY = {
  // Sessions of the portal [S-2].
  'session-begin': {
    meaning: 'somebody signed in to the portal, or failed to',
    callers: { ...holders, ...citizens },
  },
  'session-capacity': { meaning: 'the holder of a session chose a capacity', callers: holders },
  'session-list': { meaning: 'the holder of a session viewed the own account and sessions', callers: holders },
  'session-end': {
    meaning: 'a session of the portal was ended by its holder',
    callers: { ...holders, ...citizens },
  },
  // The holder's own account [S-2]; with a link, the bearer of its token.
  'secrets-ask': { meaning: 'a link for choosing new secrets was requested', callers: secretHolders },
  'secrets-set': { meaning: 'a holder chose password and pincode by a link', callers: secretHolders },
  'secrets-change': { meaning: 'a holder changed password or pincode', callers: secretHolders },
  'address-change': { meaning: 'a holder requested another e-mail address', callers: secretHolders },
  'address-confirm': { meaning: 'a new e-mail address was confirmed by a link', callers: secretHolders },
  'own-accesses': { meaning: 'a holder viewed the accesses to the own account', callers: holders },
  'account-mail': { meaning: 'a mail to the holder of an account', callers: jobs },
  // Users [S-2], 6.2.
  'account-create': { meaning: 'an account was created', callers: operators },
  'account-grant': { meaning: 'a capacity was added to an account', callers: operators },
  'account-withdraw': { meaning: 'a capacity was removed from an account', callers: operators },
  'account-assign': { meaning: 'an operator acts for another ASL', callers: operators },
  'account-reset': { meaning: 'an account got a new password and pincode', callers: operators },
  'account-suspend': { meaning: 'an account was suspended', callers: operators },
  'account-restore': { meaning: 'a suspended account was restored', callers: operators },
  'account-unlock': { meaning: 'failed sign-ins of an account were deleted', callers: operators },
  'account-address': { meaning: 'the e-mail address of an account was changed or removed', callers: operators },
  'account-invite': { meaning: 'a mail with an activation link was queued', callers: operators },
  'account-link': { meaning: 'an activation link was shown to the operator', callers: operators },
  'account-remove': { meaning: 'an account was deleted', callers: operators },
  // Substitutions (3.3.1): the titular's own in the portal; any by command.
  'substitution-add': { meaning: 'a substitute of a titular doctor was added', callers: titularsAndOperators },
  'substitution-check': { meaning: 'a substitute about to be named, checked', callers: doctors },
  'substitution-revoke': { meaning: 'a substitution was revoked', callers: titularsAndOperators },
  'substitution-list': { meaning: 'the substitutions of a titular doctor, listed', callers: titularsAndOperators },
  'substitution-received': { meaning: 'the titular doctors of a substitute, listed', callers: doctors },
  // Chapter 3: SOAP and web.
  'patient-list': { meaning: 'list of a doctor’s patients (3.4.1)', callers: doctors },
  'test-check': {
    meaning: 'tests about to be communicated, checked with their persons’ names (3.4.2)',
    callers: doctors,
  },
  'test-submission': { meaning: 'a serological test is submitted (3.4.2)', callers: doctors },
  'test-cancellation': { meaning: 'a submitted test is cancelled (3.4.3)', callers: doctors },
  'test-list': { meaning: 'list of submitted tests (3.4.4)', callers: doctors },
  'test-receipt': { meaning: 'one submitted test, shown again (3.4.2)', callers: doctors },
  // Chapter 4: web only.
  'asl-doctor-numbers': { meaning: 'patients of each doctor of an ASL, downloaded (4.4.1)', callers: aslOperators },
  'asl-unmatched-numbers': { meaning: 'persons of an ASL without a doctor, downloaded (4.4.1)', callers: aslOperators },
  'asl-daily-submission': { meaning: 'an ASL’s number of tests of a day (4.4.2)', callers: aslOperators },
  'asl-daily-list': { meaning: 'the daily numbers that an ASL has sent', callers: aslOperators },
  // Second specification, chapter 6: systems that feed the record.
  'metadata-communication': {
    meaning: 'a system asked whether a document may be fed into the record [B-1]',
    callers: { system: ['system'] },
  },
  // The registry [G-3].
  'registry-import': { meaning: 'a file was imported into the registry [G-3]', callers: operators },
  // School staff (chapter 2).
  'roster-intake': { meaning: 'a file of school staff was taken in [R-1]-[R-3]', callers: operatorsAndJobs },
  'roster-upload': {
    meaning: 'a file of school staff was uploaded [R-5]',
    callers: { ministry_uploader: MINISTRY },
  },
  'roster-withdraw': {
    meaning: 'a file of school staff, or a person, was removed from the lists [R-9]',
    callers: operators,
  },
  'roster-list': { meaning: 'the files of school staff, listed', callers: rosterReaders },
  'roster-result': { meaning: 'the result of a file of school staff, shown', callers: rosterReaders },
  // The Commissioner's statistics (chapter 5) [C-1] [C-2].
  'statistics-figures': { meaning: 'the figures for the Commissioner, shown', callers: operators },
  'statistics-request': { meaning: 'a statistic was requested out of its schedule', callers: operators },
  'delivery-list': { meaning: 'the sent statistics, listed', callers: operators },
  'delivery-show': { meaning: 'a sent statistic, with its receipts, shown', callers: operators },
  'delivery-resend': { meaning: 'mails of a statistic were queued again', callers: operators },
  'delivery-prepare': { meaning: 'a statistic was created and encrypted', callers: jobs },
  'delivery-send': { meaning: 'a mail of a statistic was sent', callers: jobs },
  // Terms of retention [S-5], 6.7.
  'retention-report': { meaning: 'expired data, counted', callers: operators },
  'retention-run': { meaning: 'expired data were deleted', callers: operatorsAndJobs },
  // Surveillance [S-3], 6.8.
  'log-search': {
    meaning: 'the access log was searched: `search` has the reason and the filters [S-3]',
    callers: overseers,
  },
  // The worker's jobs.
  'job-list': { meaning: 'scheduled and queued work, listed', callers: operators },
  'job-run': { meaning: 'a job was requested out of its schedule', callers: operators },
  'job-retry': { meaning: 'an exhausted job was queued again', callers: operators },
  'job-cancel': { meaning: 'a waiting or exhausted job was cancelled', callers: operators },
  // The register of consents: rows in its own log.
  'window-list': { meaning: 'the terms for expressing an opposition, listed', callers: operators },
  'window-add': { meaning: 'a term for expressing an opposition was added [O-5]', callers: operators },
  'window-move': { meaning: 'the days of a term were changed', callers: operators },
  'window-remove': { meaning: 'a term that had not begun was removed', callers: operators },
  'window-hold': { meaning: 'the bulk of a term waits for a release [O-9]', callers: operators },
  'window-release': { meaning: 'the bulk of a term was released', callers: operators },
  'office-list': { meaning: 'the intermediaries of the regions, listed', callers: operators },
  'office-authorise': { meaning: 'an office was authorised as a region’s intermediary [O-7]', callers: operators },
  'office-withdraw': { meaning: 'the authorisation of an office was withdrawn', callers: operators },
  'office-admit': { meaning: 'an operator was admitted to an office', callers: operators },
  'office-dismiss': { meaning: 'an operator was dismissed from an office', callers: operators },
  'office-own': { meaning: 'the offices for which an operator may act, listed [O-7]', callers: intermediaries },
  'region-list': { meaning: 'the notified regions, listed [N-2]', callers: operators },
  'region-set': { meaning: 'a region was added or changed', callers: operators },
  'region-pause': { meaning: 'the sending to a region was paused', callers: operators },
  'region-resume': { meaning: 'the sending to a region was resumed', callers: operators },
  'bulk-plan': { meaning: 'the notifications of a term were queued [N-1]', callers: operatorsAndJobs },
  'bulk-withdraw': { meaning: 'notifications that no longer apply were withdrawn [N-1]', callers: operatorsAndJobs },
  'bulk-foresee': { meaning: 'the notifications of a term were counted, without queueing them', callers: operators },
  'notification-summary': { meaning: 'sent, waiting and stuck notifications were counted [N-4]', callers: operators },
  'notification-stuck': { meaning: 'notifications that wait for an operator, with the reasons', callers: operators },
  'notification-retry': { meaning: 'stuck notifications were queued again [N-3]', callers: operators },
  'notification-export': { meaning: 'notifications with their persons, written for a region', callers: operators },
  'notification-outdated': { meaning: 'persons with outdated notifications, by region [O-9]', callers: operators },
  'opposition-import': { meaning: 'decisions of the first term were imported [O-8]', callers: operators },
  'free-area-enter': {
    meaning: 'the data of a health card or STP code were entered in the free area (2.1)',
    callers: { free_area: ['health-card', 'stp'] },
  },
  'opposition-express': {
    meaning: 'an opposition or its revocation was expressed (5)',
    callers: { ...citizens, free_area: ['health-card', 'stp'], ...intermediaries },
  },
  'opposition-eligibility': {
    meaning: 'the decisions that a person may express now [O-5]',
    callers: { ...citizens, ...intermediaries },
  },
  'opposition-state': { meaning: 'a person’s own decisions (5)', callers: citizens },
  'opposition-receipt': {
    meaning: 'one decision, shown again to the person who expressed it (5)',
    callers: { ...citizens, free_area: ['health-card', 'stp'], ...intermediaries },
  },
  'notice-read': {
    meaning: 'the privacy notice was shown [O-2]',
    callers: { ...citizens, free_area: ['health-card', 'stp'], ...intermediaries, ...operators },
  },
  'notice-list': { meaning: 'the versions of the privacy notice, listed', callers: operators },
  'notice-publish': { meaning: 'a text of the privacy notice was published', callers: operators },
  'block-show': { meaning: 'the state of the block of past documents was shown [B-1]', callers: operators },
  'block-set': { meaning: 'the block of past documents was set [B-1]', callers: operators },
} as const satisfies Readonly<Record<string, PolicyRow>>;

export type OperationName = keyof typeof POLICY;

/** The callers that the policy admits to an operation, by any method. */
export type CallOf<Name extends OperationName> = Call<
  CallerOfKind<keyof (typeof POLICY)[Name]['callers'] & CallerKind>
>;

export function isPermitted(caller: Caller, operation: OperationName): boolean {
  const { callers }: PolicyRow = POLICY[operation];
  const methods: readonly string[] | undefined = callers[kindOf(caller)];
  return methods?.includes(caller.method) ?? false;
}

export function isPermittedCall<Name extends OperationName>(call: Call, operation: Name): call is CallOf<Name> {
  return isPermitted(call.caller, operation);
}
