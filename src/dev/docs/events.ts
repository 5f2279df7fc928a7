/** docs/events.md: every value of \`operation\` in the access log, with its meaning and outcomes. */
import { OUR_ANOMALIES, PERSONAL_ANOMALIES } from '../../auth/saml/index.js';
import { COMMAND_OUTCOMES } from '../../admin/run.js';
import { ASL_REFUSALS } from '../../asl/index.js';
import type { AslRefusal } from '../../asl/index.js';
import { jobOutcome } from '../../jobs/index.js';
import type { JobRefusal } from '../../jobs/index.js';
import { POLICY, SIGN_IN_CODES, accountOutcome, ownOutcome } from '../../auth/index.js';
import type { AccountRefusal, OperationName } from '../../auth/index.js';
import { oppositionOutcome, registerOutcome } from '../../opposition/index.js';
import type {
  DecisionImportProblem,
  NoticeRefusal,
  OfficeRefusal,
  OppositionRefusal,
  PlanRefusal,
  ReceiverRefusal,
  WindowRefusal,
} from '../../opposition/index.js';
import { searchOutcome } from '../../monitoring/index.js';
import type { SearchRefusal } from '../../monitoring/index.js';
import { DONE } from '../../platform/outcome.js';
import { importOutcome } from '../../registry/index.js';
import { REFUSAL_TEXTS, rosterOutcome } from '../../roster/index.js';
import type { Refusal, RosterRefusal } from '../../roster/index.js';
import { REFUSALS, substitutionOutcome } from '../../screening/index.js';
import type { RefusalCode, SubstitutionRefusal } from '../../screening/index.js';
import { statisticsOutcome } from '../../statistics/index.js';
import type { SendingRefusal, StatisticsRefusal } from '../../statistics/index.js';
import { markdownTable } from './table.js';

const ofDoctors = (...refusals: readonly RefusalCode[]): readonly string[] => [
  DONE.code,
  ...(['not-permitted', 'not-the-caller', 'no-substitution', ...refusals] as const).map((name) => REFUSALS[name].code),
  'unknown-list', // a page of the portal, for a substitution that is not the caller's
];
const ofAsls = (...refusals: readonly AslRefusal[]): readonly string[] => [
  DONE.code,
  ...(['not-permitted', 'no-asl', ...refusals] as const).map((name) => ASL_REFUSALS[name].code),
];

const ofAccounts = (...refusals: readonly AccountRefusal[]): readonly string[] => [
  'changed',
  ...(['not-permitted', ...refusals] as const).map(accountOutcome),
];
const ofSubstitutions = (done: string, ...refusals: readonly SubstitutionRefusal[]): readonly string[] => [
  done,
  ...(['not-permitted', ...refusals] as const).map(substitutionOutcome),
];

const NAMING_REFUSALS = [
  ...(['same-doctor', 'term-reversed', 'term-too-long', 'term-over', 'term-too-far', 'substitute-form'] as const),
  ...(['substitute-no-doctor', 'unknown-titular', 'already-named', 'too-many'] as const),
];

const ofDecisions = (done: string, ...refusals: readonly OppositionRefusal[]): readonly string[] => [
  done,
  ...(['not-permitted', ...refusals] as const).map(oppositionOutcome),
];
type RegisterRefusal =
  NoticeRefusal | WindowRefusal | OfficeRefusal | ReceiverRefusal | PlanRefusal | DecisionImportProblem;
const ofRegister = (done: string, ...refusals: readonly RegisterRefusal[]): readonly string[] => [
  done,
  ...(['not-permitted', ...refusals] as const).map(registerOutcome),
];
const ofRoster = (done: string, ...refusals: readonly RosterRefusal[]): readonly string[] => [
  done,
  ...(['not-permitted', ...refusals] as const).map(rosterOutcome),
];
/** Outcomes of a file that is refused as a whole. */
const rosterProblems = Object.keys(REFUSAL_TEXTS) as readonly Refusal[];
const ofStatistics = (
  done: string,
  ...refusals: readonly (StatisticsRefusal | SendingRefusal)[]
): readonly string[] => [done, ...(['not-permitted', ...refusals] as const).map(statisticsOutcome)];
const ofJobs = (done: string, ...refusals: readonly JobRefusal[]): readonly string[] => [
  done,
  ...(['not-permitted', ...refusals] as const).map(jobOutcome),
];

const ofSearches = (...refusals: readonly SearchRefusal[]): readonly string[] => [
  DONE.code,
  ...(['not-permitted', ...refusals] as const).map(searchOutcome),
];

/** For SPID and CIE: the number of an anomaly, or what was wrong with the answer. */
const IDENTITY_REFUSALS = [
  ...['unknown-request', 'form', 'signature', 'status', 'check', 'no-codice-fiscale'],
  ...[...OUR_ANOMALIES, ...PERSONAL_ANOMALIES].map(String),
].map((word) => `identity:${word}`);

/** A new operation does not compile without its outcomes. */
export const OUTCOMES: Readonly<Record<OperationName, readonly string[]>> = {
  // By card also what is wrong with it; passage: by card, SPID or CIE, a code or ticket that was used twice, too
  // late or in another browser.
  'session-begin': [
    ...([DONE.code, 'sign-in:credentials', 'sign-in:busy', 'sign-in:not-enabled', 'sign-in:none-presented'] as const),
    ...SIGN_IN_CODES.filter((code) => /^(?:certificate|revocation)-/.test(code)).map((code) => `sign-in:${code}`),
    'passage',
    ...IDENTITY_REFUSALS,
  ],
  'session-capacity': [DONE.code],
  'session-list': [DONE.code],
  'session-end': [DONE.code, 'others'],
  'secrets-ask': ['changed', 'nothing-sent'],
  'secrets-set': ['changed', 'unknown-link'],
  'secrets-change': [
    'changed',
    ...(['not-permitted', 'present-secrets', 'busy', 'password-length', 'password-control'] as const).map(ownOutcome),
    ...(
      ['password-is-user', 'password-same', 'pincode-form', 'pincode-plain', 'pincode-same', 'session-over'] as const
    ).map(ownOutcome),
  ],
  'address-change': [
    'changed',
    ...(['not-permitted', 'present-secrets', 'busy', 'email-form', 'too-many-addresses', 'session-over'] as const).map(
      ownOutcome,
    ),
  ],
  'address-confirm': ['changed', 'unknown-link'],
  'own-accesses': [DONE.code, '1001'],
  'account-mail': [DONE.code, '1001', 'no-email', 'account-suspended', 'mail-late', 'mail-refused'],
  'account-address': ofAccounts('unknown-account', 'email-form'),
  'account-invite': ofAccounts('unknown-account', 'no-email', 'account-suspended'),
  'account-link': ofAccounts('unknown-account', 'account-suspended'),
  'account-create': ofAccounts(
    ...([
      'user-id-form',
      'holder-form',
      'email-form',
      'asl-missing',
      'asl-not-his',
      'unknown-asl',
      'account-exists',
    ] as const),
  ),
  'account-grant': ofAccounts(
    ...(['asl-missing', 'asl-not-his', 'unknown-account', 'capacity-held', 'unknown-asl'] as const),
  ),
  'account-withdraw': ofAccounts('unknown-account', 'capacity-not-held', 'only-capacity'),
  'account-assign': ofAccounts('unknown-asl', 'no-asl-operator'),
  'account-reset': ofAccounts('unknown-account'),
  'account-suspend': ofAccounts('unknown-account'),
  'account-restore': ofAccounts('unknown-account'),
  'account-unlock': ofAccounts('unknown-account'),
  'account-remove': ofAccounts('unknown-account'),
  'substitution-add': ofSubstitutions('changed', ...NAMING_REFUSALS),
  'substitution-check': ofSubstitutions(DONE.code, ...NAMING_REFUSALS),
  'substitution-revoke': ofSubstitutions('changed', 'none-in-force'),
  'substitution-list': ofSubstitutions(DONE.code),
  'substitution-received': ofSubstitutions(DONE.code),
  'patient-list': ofDoctors(),
  'test-submission': ofDoctors(
    ...(['invalid-identifier', 'executed-in-future', 'executed-before-campaign', 'executed-after-campaign'] as const),
    ...(['not-on-list', 'duplicate-test'] as const),
  ),
  'test-check': ofDoctors(),
  'test-cancellation': ofDoctors('unknown-transaction', 'already-cancelled', 'other-person'),
  'test-receipt': ofDoctors('unknown-transaction'),
  'test-list': ofDoctors('interval-reversed', 'interval-too-long'),
  'asl-doctor-numbers': ofAsls(),
  'asl-unmatched-numbers': ofAsls(),
  'asl-daily-submission': ofAsls(
    ...(['not-the-caller', 'executed-in-future', 'executed-before-campaign', 'executed-after-campaign'] as const),
    ...(['not-a-day', 'not-a-count'] as const),
  ),
  'asl-daily-list': ofAsls(),
  'registry-import': [
    ...(['imported', 'already', 'rehearsed'] as const),
    ...(
      [
        ...([
          'not-permitted',
          'wrong_header',
          'nothing_valid',
          'too_many_rejects',
          'busy',
          'report_not_writable',
        ] as const),
        ...(['not_found', 'not_a_file', 'unreadable', 'empty', 'utf16', 'spreadsheet', 'archive', 'binary'] as const),
        ...(['not_gzip', 'gzip_broken', 'no_header', 'changed_while_read', 'too_large'] as const),
      ] as const
    ).map(importOutcome),
  ],
  'roster-intake': ofRoster(
    ...(['published', 'busy', 'report_not_writable', 'not_published', 'other_layout', 'same_file'] as const),
    ...rosterProblems,
  ),
  'roster-upload': ofRoster(
    'received',
    ...(['already', 'superseded', 'withdrawn', 'busy', 'cut-off', 'no-room', 'too_large', 'wrong_header'] as const),
    ...(['empty', 'utf16', 'spreadsheet', 'archive', 'binary', 'not_gzip', 'gzip_broken', 'no_header'] as const),
  ),
  'roster-withdraw': ofRoster(
    ...(['changed', 'not_published', 'other_layout', 'busy', 'person-form', 'not-listed'] as const),
  ),
  'roster-list': ofRoster(DONE.code),
  'roster-result': ofRoster(DONE.code, 'unknown-intake'),
  'statistics-figures': ofStatistics(DONE.code),
  'statistics-request': ofStatistics('changed', 'nobody-sends'),
  'delivery-list': ofStatistics(DONE.code),
  'delivery-show': ofStatistics(DONE.code, 'unknown-delivery'),
  'delivery-resend': ofStatistics('changed', 'unknown-delivery', 'delivery-ended', 'delivery-under-way'),
  'delivery-prepare': ['changed', 'already', '1001'],
  'delivery-send': ofStatistics(DONE.code, 'mail-uncertain', 'mail-refused', 'mail-postponed'),
  'retention-report': [DONE.code, '1001'],
  'retention-run': ['changed', 'incomplete', '1001'],
  'log-search': ofSearches(
    ...(['reason-form', 'reason-names-person', 'interval-form', 'interval-reversed', 'interval-too-long'] as const),
    ...([
      'person-form',
      'person-elsewhere',
      'unknown-operation',
      'unknown-caller',
      'filter-form',
      'page-form',
    ] as const),
  ),
  'job-list': ofJobs(DONE.code),
  'job-run': ofJobs('changed', 'unknown-kind'),
  'job-retry': ofJobs('changed', 'not-exhausted'),
  'job-cancel': ofJobs('changed', 'not-waiting'),
  // The same outcome for every answer: the log must not disclose who opposed.
  'metadata-communication': ['answered', '1001'],
  'window-list': ofRegister(DONE.code),
  'window-add': ofRegister('changed', 'reversed', 'overlap'),
  'window-move': ofRegister(
    ...(['changed', 'not-found', 'being-planned', 'over', 'opened', 'first-day-past', 'last-day-past'] as const),
    ...(['reversed', 'overlap'] as const),
  ),
  'window-remove': ofRegister('changed', 'not-found', 'opened'),
  'window-hold': ofRegister('changed', 'not-found', 'planned', 'held-already'),
  'window-release': ofRegister('changed', 'not-found', 'planned', 'not-held'),
  'office-list': ofRegister(DONE.code),
  'office-authorise': ofRegister('changed', 'unknown-region'),
  'office-withdraw': ofRegister('changed', 'not-named'),
  'office-admit': ofRegister('changed', 'not-named', 'operator-admitted'),
  'office-dismiss': ofRegister('changed', 'operator-not-admitted'),
  'office-own': ofRegister(DONE.code),
  'region-list': ofRegister(DONE.code),
  'region-set': ofRegister('changed', 'unknown-region', 'incomplete'),
  'region-pause': ofRegister('changed', 'not-running'),
  'region-resume': ofRegister('changed', 'not-paused'),
  'bulk-plan': ofRegister('planned', 'unknown-window', 'not-over', 'held'),
  'bulk-withdraw': ofRegister('withdrawn'),
  'bulk-foresee': ofRegister(DONE.code, 'unknown-window', 'not-over', 'held'),
  'notification-summary': ofRegister(DONE.code),
  'notification-stuck': ofRegister(DONE.code),
  'notification-retry': ofRegister('changed'),
  'notification-export': ofRegister(DONE.code),
  'notification-outdated': ofRegister(DONE.code),
  'opposition-import': [
    'imported',
    ...ofRegister('rehearsed', 'wrong_header', 'no_first_term', 'too_many_rejects', 'busy', 'report_not_writable'),
  ],
  'free-area-enter': ['entered', 'no-match', 'locked'],
  'opposition-express': ofDecisions(
    ...(['recorded', 'invalid-identifier', 'wrong-channel', 'not-for-another', 'operator-not-of-office'] as const),
    ...(['office-not-authorised', 'notice-not-acknowledged', 'notice-changed', 'notice-expired'] as const),
    ...(['unknown-person', 'deceased', 'minor', 'not-in-care', 'not-yet-open', 'term-over', 'operator-only'] as const),
    ...(['already-expressed', 'not-possible-here'] as const),
  ).concat('repeated'),
  'opposition-eligibility': ofDecisions(
    ...([DONE.code, 'invalid-identifier', 'wrong-channel', 'not-for-another', 'operator-not-of-office'] as const),
    ...(['office-not-authorised', 'unknown-person', 'too-many-lookups'] as const),
  ),
  'opposition-state': ofDecisions(DONE.code),
  'opposition-receipt': [...ofDecisions(DONE.code), 'not-found'],
  'notice-read': ofRegister(DONE.code, 'no-notice', 'no-such-language'),
  'notice-list': ofRegister(DONE.code),
  'notice-publish': ofRegister('changed', 'superseded', 'published-already'),
  'block-show': ofRegister(DONE.code),
  'block-set': ofRegister('changed'),
};

const codes = (outcomes: readonly string[]): string => outcomes.map((outcome) => `\`${outcome}\``).join(' ');

export function eventsPage(): string {
  const operations = Object.entries(POLICY).map(([name, { meaning }]) => [
    `\`${name}\``,
    meaning,
    codes(Object.entries(OUTCOMES).find(([operation]) => operation === name)?.[1] ?? []),
  ]);
  return `<!-- Made by npm run docs: do not edit by hand. -->
# Events of the access log

What \`audit.access_log\` of the TS database and of the consent database hold in \`operation\` and \`outcome\`. Codes of four digits are those of the answers: [esiti.md](esiti.md).
Who may call what: [policy.md](policy.md).

## Operations

${markdownTable(['operation', 'meaning', 'outcomes'], operations)}

A refused sign-in is recorded with the requested operation and one of these outcomes; \`times\` is their number if
several in a minute are combined:

${SIGN_IN_CODES.map((code) => `\`sign-in:${code}\``).join(' ')}

## Other events

${markdownTable(
  ['operation', 'meaning', 'outcomes'],
  [
    [
      '`admin:<command>`, `admin:<command> <action>`',
      'an operator command: a row at its start, one at its end [S-3]',
      codes(COMMAND_OUTCOMES),
    ],
    ['`retention:<rule>`', 'expired rows were deleted: the rules are in [retention.md](retention.md)', '`deleted`'],
  ],
)}

## Columns

| column | meaning |
|---|---|
| \`transaction_id\`, \`at\`, \`request_id\` | number of the transaction, instant of access, request: rows of one request, command or run of a job have one |
| \`written_at\` | the database's own instant, which no process can set. A row written long after \`at\` is a counted refusal, a long command, or one that waited for an unavailable database; any other was backdated |
| \`operation\`, \`outcome\` | as above |
| \`caller\`, \`method\` | kind of caller and method of sign-in: [policy.md](policy.md); both empty if nobody signed in |
| \`region\` | of the caller: region of the doctor's or operator's ASL, of the office, of the system |
| \`user_id\` | account that acts, or that the machine's operator acts upon; for a failed sign-in as claimed; for a refused card or system's certificate its content (the account, or the codice fiscale) if one of our CAs signed it, otherwise empty; name of a feeding system |
| \`doctor\`, \`titular\` | as in the request |
| \`subject_kind\` | kind of the act's subject: kind of a person's identifier, or a kind of thing; never the subject itself |
| \`client_address\` | network address; empty for commands and jobs |
| \`database_login\`, \`os_user\` | of the operator of the machine |
| \`affected\` | rows changed, deleted, imported, or shown by a search of the log |
| \`search\` | for a search of the log: its reason and filters. Stored in the searched log |
| \`times\` | how many refusals the row represents; empty: one |

Acts on the register are rows of the consent database, in the transaction of the act; commands and the metadata communication of the
TS database. Neither holds a value of a decision or an identifier of its subject. Rows of former releases have no \`caller\`, \`region\`, \`subject_kind\`, \`database_login\`, \`os_user\`, \`written_at\` and \`search\`.
`;
}
