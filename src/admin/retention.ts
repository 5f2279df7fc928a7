/** `retention`: data past their term, and their deletion now instead of at night [S-5]. Shows counts and days only. */
import type { DataSource } from '../platform/db/index.js';
import { RetentionIncomplete, createRetentionDesk } from '../retention/index.js';
import type { Deleted, RuleReport, Rules } from '../retention/index.js';
import { FLAG, parseOptions } from './arguments.js';
import type { AdminCommand, AdminContext, CommandEnd } from './command.js';
import { failureOf } from './failure.js';

const USAGE = `retention [--apply]

Reports for each rule how many rows have expired and the day of the oldest. The worker deletes them every night.
  --apply     delete them now, in batches, each with its row in the access log; can be interrupted and repeated

Exit code: 0 done; 1 some rules were not run, e.g. because the consent database is unavailable; they are named, the others
were run; 2 wrong arguments.`;

type Outcome = Deleted & Partial<RuleReport>;

/** Result of the rules of one database. */
interface Part {
  readonly done: readonly Outcome[];
  /** Rules that did not run completely, and why. */
  readonly failed?: string;
}

export const retentionCommand: AdminCommand = {
  name: 'retention',
  summary: 'expired data, and their deletion',
  usage: USAGE,
  prepare(args) {
    const { values } = parseOptions(args, { apply: FLAG });
    const { apply } = values;
    return { apply, run: (context) => execute(apply, context) };
  },
};

async function execute(apply: boolean, context: AdminContext): Promise<CommandEnd> {
  const { retentionRules: rules, consentDb, out } = context;
  const parts = [
    await partOf(context, { ...rules, consent: [] }, () => Promise.resolve(undefined), apply),
    ...(rules.consent.length === 0 ? [] : [await partOf(context, { ...rules, ts: [] }, consentDb, apply)]),
  ];
  const done = parts.flatMap((part) => part.done);
  if (apply) {
    for (const { rule, rows } of done) if (rows > 0) out(`${rule.name}: ${rows} deleted`);
  } else {
    for (const one of done) out(lineOf(one));
  }
  if (!rules.ts.some(({ name }) => name === 'registry.person'))
    out('registry.person: kept, since registryRetentionMonths is not set');
  if (!rules.consent.some(({ name }) => name === 'consent.decision'))
    out('consent.decision: kept, since consentRetentionMonths is not set [O-6]');
  const total = done.reduce((sum, { rows }) => sum + rows, 0);
  if (apply) out(total === 0 ? 'nothing had expired' : `${total} deleted in all`);
  else if (total > 0) out('Nothing was deleted. Add --apply to apply it.');
  const failed = parts.flatMap((part) => part.failed ?? []);
  for (const line of failed) out(line);
  return failed.length === 0 ? 0 : 'failed';
}

/** Each database separately: one runs even if the other is unavailable. */
async function partOf(
  { ownerDb: db, clock, entrance: { call }, log }: AdminContext,
  rules: Rules,
  open: () => Promise<DataSource | undefined>,
  apply: boolean,
): Promise<Part> {
  const notRun = (names: string, failure: string): string => {
    log.error('rules of retention were not run to their end', { rules: names, cause: failure });
    return `Not completed (${failure}): ${names}`;
  };
  const all = [...rules.ts, ...rules.consent].map(({ name }) => name).join(', ');
  let consentDb: DataSource | undefined;
  try {
    consentDb = await open();
  } catch (error) {
    return { done: [], failed: notRun(all, error instanceof Error ? error.message : failureOf(error)) };
  }
  try {
    const desk = createRetentionDesk({ db, rules, clock, consentDb });
    if (apply) return { done: (await desk.run(call, {})).deleted ?? [] };
    return { done: (await desk.report(call, {})).found ?? [] };
  } catch (error) {
    if (!(error instanceof RetentionIncomplete)) return { done: [], failed: notRun(all, failureOf(error)) };
    return { done: error.done, failed: notRun(error.code, failureOf(error.cause)) };
  }
}

function lineOf({ rule, rows, oldest }: Outcome): string {
  const found = rows === 0 ? 'nothing' : `${rows}, the oldest of ${oldest ?? 'an unknown day'}`;
  return `${rule.name}: ${found}  (${rule.describes}: ${rule.term}; ${rule.source})`;
}
