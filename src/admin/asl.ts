/**
 * `asl`: the ASLs' operations [A-2] [A-3], for an operator of an ASL who cannot use the web application, or until it
 * exists. Calls the same service; the access log records this command and the account.
 */
import { open, rm } from 'node:fs/promises';
import { createAslService, doctorNumbersFile, unmatchedNumbersFile, verdictOf } from '../asl/index.js';
import type { AslNumbers, AslOutcome, AslService, DailyNumber } from '../asl/index.js';
import { accessLogIn } from '../audit/index.js';
import type { AccountHolder, Call } from '../auth/index.js';
import { romeDateTime } from '../platform/clock.js';
import type { Queryable } from '../platform/db/index.js';
import type { AdminCommand, AdminContext } from './command.js';
import { APPLY, changed, FLAG, NOTHING_CHANGED, parseWords, TEXT, wholeNumber } from './arguments.js';

const USAGE = `asl numbers --operator CF [--csv FILE]      persons on each doctor's list: the kits to distribute (4.4.1)
asl unmatched --operator CF [--csv FILE]    persons without a doctor, for each file of the roster
asl daily --operator CF --date AAAA-MM-GG --tests N [--apply]
                                            tests that the ASL did on a day; replaces an earlier number (4.4.2)
asl history --operator CF                   the submitted numbers, including replaced ones
${APPLY}

--operator is the codice fiscale of an ASL operator's account: the command acts for this operator and the operator's ASL
(admin account create … --role asl_operator --asl CODE). FILE must not exist yet; only its owner can read it. Without
FILE the lines are printed.`;

type Told = Pick<AdminContext, 'out' | 'campaignStart' | 'campaignEnd'>;

/** Prints the fields of every answer (4.4.2). @returns the exit code */
function tell({ out, ...campaign }: Told, { transactionId, at, refusals }: AslOutcome): number {
  const { outcome, details } = verdictOf(refusals, campaign);
  out(`transaction ${transactionId}  ${romeDateTime(at)}  ${outcome.code}  ${outcome.text}`);
  for (const { code, text, field } of details) out(`  ${code}  ${text}${field === undefined ? '' : ` (${field})`}`);
  return refusals.length === 0 ? 0 : 1;
}

/** Creates the file first: otherwise a download that cannot be stored would still be recorded. */
async function download<Row>(
  context: Told,
  path: string | undefined,
  ask: () => Promise<AslNumbers<Row>>,
  fileOf: (numbers: readonly Row[]) => string,
): Promise<number> {
  const { out } = context;
  const file = path === undefined ? undefined : await open(path, 'wx', 0o600).catch(() => undefined);
  if (path !== undefined && file === undefined) {
    out(`refused: ${path} exists or cannot be written`);
    return 1;
  }
  let written = false;
  try {
    const answer = await ask();
    const code = tell(context, answer);
    if (answer.numbers === undefined) return code;
    const text = fileOf(answer.numbers);
    if (file === undefined) {
      out(text.trimEnd());
    } else {
      await file.writeFile(text);
      await file.sync();
      out(`ASL ${answer.asl ?? ''}: ${answer.numbers.length} lines written to ${path ?? ''}`);
    }
    written = true;
    return code;
  } finally {
    await file?.close();
    if (path !== undefined && file !== undefined && !written) await rm(path, { force: true });
  }
}

function historyLine({ executedOn, tests, transactionId, communicatedAt, isCurrent }: DailyNumber): string {
  const number = String(tests).padStart(6);
  return `${executedOn}  ${number}  ${romeDateTime(communicatedAt)}  ${transactionId}${isCurrent ? '' : '  replaced'}`;
}

function serviceOf(tables: Queryable, { clock, campaignStart, campaignEnd }: AdminContext): AslService {
  return createAslService({
    db: tables,
    accessLog: accessLogIn(tables),
    ...{ clock, campaignStart, campaignEnd },
  });
}

interface Given {
  readonly csv: string | undefined;
  readonly date: string | undefined;
  readonly tests: string | undefined;
  readonly apply: boolean;
}

type Action = (call: Call<AccountHolder>, given: Given, context: AdminContext) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  numbers: (call, { csv }, context) =>
    download(context, csv, () => serviceOf(context.ownerDb, context).doctorNumbers(call), doctorNumbersFile),
  unmatched: (call, { csv }, context) =>
    download(context, csv, () => serviceOf(context.ownerDb, context).unmatchedNumbers(call), unmatchedNumbersFile),
  async daily(call, { date = '', tests, apply }, context) {
    const { codiceFiscale: operator } = call.caller;
    const daily = { operator, executedOn: date, tests: wholeNumber(tests, 0, Infinity) ?? NaN };
    const answer = await changed(context.ownerDb, apply, (tables) => serviceOf(tables, context).sendDaily(call, daily));
    if (apply || answer.refusals.length > 0) return tell(context, answer);
    context.out(`Would send ${daily.tests} tests of ${date}`);
    context.out(NOTHING_CHANGED);
    return 0;
  },
  async history(call, _given, context) {
    const answer = await serviceOf(context.ownerDb, context).dailyNumbers(call);
    for (const line of (answer.numbers ?? []).map(historyLine)) context.out(line);
    return tell(context, answer);
  },
};

export const aslCommand: AdminCommand = {
  name: 'asl',
  summary: 'numbers for an ASL, and its daily number of tests, for one of its operators',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, {
      operator: TEXT,
      csv: TEXT,
      date: TEXT,
      tests: TEXT,
      apply: FLAG,
    });
    const { operator, csv, date, tests, apply } = values;
    const [name = '', ...more] = positionals;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    const isDaily = name === 'daily';
    if (action === undefined || more.length > 0) return `expected one action: ${Object.keys(ACTIONS).join(', ')}`;
    if (operator === undefined) return '--operator is missing';
    if (isDaily && (date === undefined || tests === undefined || tests.trim() === ''))
      return 'daily needs --date and --tests';
    if (!isDaily && (date !== undefined || tests !== undefined)) return '--date and --tests belong to daily';
    if (!isDaily && apply) return '--apply belongs to daily';
    if (csv !== undefined && name !== 'numbers' && name !== 'unmatched')
      return '--csv belongs to numbers and unmatched';
    return {
      action: name,
      ...(isDaily && { apply }),
      async run(context) {
        const call = await context.entrance.callFor(operator, 'asl_operator');
        if (call !== undefined) return action(call, { csv, date, tests, apply }, context);
        context.out('refused: no account has this codice fiscale, or it is suspended');
        return 1;
      },
    };
  },
};
