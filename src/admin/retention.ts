/** `retention`: what is past its term, and its deletion now instead of at night [S-5]. Shows counts and days only. */
import { parseArgs } from 'node:util';
import { createRetention } from '../retention/index.js';
import type { RuleReport } from '../retention/index.js';
import type { AdminCommand, AdminContext } from './command.js';

const USAGE = `retention [--apply]

Says, rule by rule, how much is past its term and from when the oldest of it is. The worker deletes it every night.
  --apply     delete it now, in batches, each with its row in the access log; may be interrupted and run again`;

export const retentionCommand: AdminCommand = {
  name: 'retention',
  summary: 'what is past its term, and its deletion',
  usage: USAGE,
  prepare(args) {
    const { values } = parseArgs({ args: [...args], options: { apply: { type: 'boolean', default: false } } });
    const { apply } = values;
    return { apply, run: (context) => execute(apply, context) };
  },
};

async function execute(apply: boolean, context: AdminContext): Promise<number> {
  const { ownerDb, consentDb, clock, entrance, retentionRules: rules, out } = context;
  const retention = createRetention({
    db: ownerDb,
    consentDb: rules.consent.length === 0 ? undefined : await consentDb(),
    rules,
    clock,
    call: entrance.call,
  });
  const keepsPersons = 'registry.person: kept, since registryRetentionMonths is not set';
  const hasPersons = rules.ts.some(({ name }) => name === 'registry.person');
  const hasDecisions = rules.consent.some(({ name }) => name === 'consent.decision');
  const keepsConsent = 'consent.decision: kept, since consentRetentionMonths is not set [O-6]';
  if (apply) {
    let total = 0;
    for (const { rule, rows } of await retention.purge()) {
      if (rows > 0) out(`${rule.name}: ${rows} deleted`);
      total += rows;
    }
    if (!hasPersons) out(keepsPersons);
    if (!hasDecisions) out(keepsConsent);
    out(total === 0 ? 'nothing was past its term' : `${total} deleted in all`);
    return 0;
  }
  const report = await retention.report();
  for (const line of report) out(lineOf(line));
  if (!hasPersons) out(keepsPersons);
  if (!hasDecisions) out(keepsConsent);
  if (report.some(({ rows }) => rows > 0)) out('Nothing was deleted. Add --apply to do it.');
  return 0;
}

function lineOf({ rule, rows, oldest }: RuleReport): string {
  const found = rows === 0 ? 'nothing' : `${rows}, the oldest of ${oldest ?? 'an unknown day'}`;
  return `${rule.name}: ${found}  (${rule.describes}: ${rule.term}; ${rule.source})`;
}
