/**
 * `audit search`: who did what, when, from the access log of either database [S-3]. The search is a row of that log.
 */
import { LOGS, MAX_SEARCH_DAYS, PAGE_ROWS, REASON_LENGTH, createLogDesk } from '../monitoring/index.js';
import type { FoundRow, LogName, LogSearch, SearchRefusal } from '../monitoring/index.js';
import { romeDateTime } from '../platform/clock.js';
import type { AdminCommand, AdminContext } from './command.js';
import { isDay, parseWords, TEXT, wholeNumber } from './arguments.js';

const USAGE = `audit search --reason TEXT --from DAY --to DAY [filters] [--log ${LOGS.join('|')}] [--rows N] [--after PLACE]

Prints rows of the access log, newest first (docs/events.md explains the words). The search itself is recorded in that log,
with its reason and filters.
  --reason        reason for the search, ${REASON_LENGTH.least} to ${REASON_LENGTH.most} characters, without a codice fiscale
  --from, --to    days in Rome, both included, at most ${MAX_SEARCH_DAYS} days
  --log           the log of the TS database (ts, default), or of acts on the register (consent)
  --rows          maximum number of rows (default ${PAGE_ROWS.usual}, up to ${PAGE_ROWS.most}); the last line shows how to continue
Filters, which must all match:
  --user-id ID        the account, or the name of a feeding system
  --person CODE       codice fiscale of a doctor: the acting one, or the titular
  --operation NAME    such as test-submission, or admin:account create
  --outcome CODE      such as 0000
  --transaction ID    --request ID    --region CODE    --caller KIND`;

const WORDS: Readonly<Record<SearchRefusal, string>> = {
  'not-permitted': 'no command may do this',
  'reason-form': `--reason must have ${REASON_LENGTH.least} to ${REASON_LENGTH.most} visible characters, the first of them not = + - or @`,
  'reason-names-person': '--reason must not contain a codice fiscale: use the filters',
  'interval-form': '--from and --to must be days as AAAA-MM-GG',
  'interval-reversed': 'the interval ends before it begins',
  'interval-too-long': `the interval is longer than ${MAX_SEARCH_DAYS} days`,
  'person-form': '--person is not a codice fiscale: form or check letter is wrong',
  'person-elsewhere': 'the log of the register contains no codice fiscale: omit --person, or search the log ts',
  'unknown-operation': 'there is no such operation: docs/events.md lists them',
  'unknown-caller': 'there is no such kind of caller: docs/policy.md lists them',
  'filter-form':
    '--transaction must be a number, --request an id as in a fault or a log line, --region three digits or SASN, --user-id and --outcome short texts',
  'page-form': '--after must be as shown in the last line of a page',
};

export const auditCommand: AdminCommand = {
  name: 'audit',
  summary: 'search the access log',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, {
      ...{ reason: TEXT, from: TEXT, to: TEXT, log: { ...TEXT, default: 'ts' }, after: TEXT },
      ...{ 'user-id': TEXT, person: TEXT, operation: TEXT, outcome: TEXT, transaction: TEXT, request: TEXT },
      ...{ region: TEXT, caller: TEXT, rows: { ...TEXT, default: String(PAGE_ROWS.usual) } },
    });
    const [action, ...more] = positionals;
    if (action !== 'search' || more.length > 0) return 'the action must be search, without further words';
    const { reason, from, to, transaction, request, 'user-id': userId, log: wanted, rows: typed, ...others } = values;
    const log = LOGS.find((known) => known === wanted);
    const rows = wholeNumber(typed, 1, PAGE_ROWS.most);
    if (reason === undefined) return 'search needs --reason';
    if (!isDay(from) || !isDay(to)) return 'search needs --from and --to, each a day as AAAA-MM-GG';
    if (log === undefined) return `--log must be one of ${LOGS.join(', ')}`;
    if (rows === undefined) return `--rows must be a whole number from 1 to ${PAGE_ROWS.most}`;
    const search = { ...others, reason, from, to, userId, transactionId: transaction, requestId: request, rows };
    return { action, run: (context) => execute(context, log, search) };
  },
};

async function execute(context: AdminContext, log: LogName, search: LogSearch): Promise<number> {
  const { ownerDb, consentDb, clock, entrance, out } = context;
  const db = log === 'ts' ? ownerDb : await consentDb();
  const { refusals, found = [], next } = await createLogDesk(db, log, clock).search(entrance.call, search);
  for (const refusal of refusals) out(`refused: ${WORDS[refusal]}`);
  if (refusals.length > 0) return 1;
  for (const row of found) out(lineOf(row));
  if (found.length === 0) out('no rows');
  if (next !== undefined) out(`There are more rows: add --after ${next}`);
  return 0;
}

/** Empty columns of a row are omitted. */
function lineOf(row: FoundRow): string {
  const { transactionId, at, operation, outcome, requestId, search, ...others } = row;
  const notes = Object.entries(others).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${value instanceof Date ? romeDateTime(value) : value}`],
  );
  if (search !== null) notes.push(`search=${JSON.stringify(search)}`);
  return [romeDateTime(at), transactionId, operation, outcome, ...notes, `requestId=${requestId}`].join('  ');
}
