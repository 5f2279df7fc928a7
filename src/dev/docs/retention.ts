/** docs/retention.md: every retention rule, for operators and data controllers. Generated from the rules that run. */
import { retentionRules } from '../../retention/index.js';
import type { Rules } from '../../retention/index.js';
import { markdownTable } from './table.js';

/** Placeholder for a configured term, replaced by the setting's name. */
const EXAMPLE_MONTHS = 360;
const EXAMPLE_DAYS = 361;
const EXAMPLE_ENDED_MONTHS = 362;

export function retentionPage(): string {
  const { ts, consent } = retentionRules({
    campaignEnd: '`campaignEnd`',
    campaignGraceDays: EXAMPLE_DAYS,
    exchangeDirectory: 'exchangeDirectory',
    registryRetentionMonths: EXAMPLE_ENDED_MONTHS,
    consentRetentionMonths: EXAMPLE_MONTHS,
    consentDatabaseUrl: 'consentDatabaseUrl',
  });
  return `<!-- Made by npm run docs: do not edit by hand. -->
# Retention

What is deleted, and when. The words of the rules are those that \`admin retention\` prints, in Italian. Who answers for the data:
[data-controllers.md](data-controllers.md).

## TS database

${table(ts)}

«campagna» and the folders of exchange have their rules only where \`campaignEnd\` and \`exchangeDirectory\` are set,
and \`registry.person\` where \`registryRetentionMonths\` is: without it persons are kept, whatever became of them.

## Consent database

${table(consent)}

\`consent.decision\` **only when \`consentRetentionMonths\` is set.** Without it nothing of the register is ever deleted, and the report says so [O-6]. A person's history
is deleted whole or not at all: it stays while something waits for a window's bulk, or has not been sent to the region.

## How

- Terms are calendar days in Rome. Months end on the day that corresponds to the first one, or on the month's last (art. 2963 c.c.): data of 22-11-2025 is kept
  all day on 22-11-2026, and deleted in the night to the 23rd; data of 29-02-2024 is deleted in the night to 01-03-2025.
- The worker runs the rules every night at 00:20, as the job \`retention\`, those of the register as \`consent-retention\`; after an outage as soon as it is back. An import of
  persons also runs «usciti» when it ends. \`admin jobs\` shows the last run, and
  \`passerella_job_last_success_timestamp_seconds{kind="retention"}\` older than two days should raise an alarm.
- Rows are deleted in batches of 10 000, each a transaction together with its row in the access log: operation \`retention:<rule>\`, outcome \`deleted\`, the number in
  \`affected\`, the run in \`request_id\`. An interrupted run has logged what it did, and the next run does the rest. These rows too are kept 12 months.
- \`admin retention\` reports what is past its term now, and deletes nothing; \`admin retention --apply\` deletes it now. Rules that
  cannot run, such as when the consent database is unavailable, are named, with exit code 1; the others run. A worker that has both
  databases handles the consent database; where none has, run the command, with \`PASSERELLA_CONSENT_RETENTION_MONTHS\` set, by a timer.
- The gateway can delete none of this. The worker can, but of the access log, tests, substitutions, daily
  numbers and downloads only rows older than twelve months by the database's own clock. In the register only \`passerella_consent_retention\` deletes.
- Deleted rows remain in back-ups and in the WAL archive: choose their terms accordingly.
`;
}

function table(rules: Rules['ts']): string {
  const rows = rules.map(({ name, describes, term, source }) => [
    `\`${name}\``,
    describes,
    term
      .replace(`${EXAMPLE_MONTHS} `, '`consentRetentionMonths` ')
      .replace(`${EXAMPLE_ENDED_MONTHS} `, '`registryRetentionMonths` ')
      .replace(`${EXAMPLE_DAYS} `, '`campaignGraceDays` '),
    source,
  ]);
  return markdownTable(['rule', 'data', 'term', 'source'], rows);
}
