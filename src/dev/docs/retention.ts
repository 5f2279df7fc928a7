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

Which data are deleted, and when. Rules are named and described as in \`admin retention\`, in Italian. Controllers of the data:
[data-controllers.md](data-controllers.md).

## TS database

${table(ts)}

The rules of «campagna» and of the exchange folder apply only if \`campaignEnd\` and \`exchangeDirectory\` are set, and
\`registry.person\` only if \`registryRetentionMonths\` is: without it persons are always kept.

## Consent database

${table(consent)}

\`consent.decision\` applies **only if \`consentRetentionMonths\` is set.** Without it no decision is ever deleted, and the report states this [O-6]. A person's history
is deleted as a whole: it stays while a decision waits for a window's bulk, or a notification has not been sent to the region.

## How

- Terms are calendar days in Rome. Months end on the day that corresponds to the first one, or on the month's last (art. 2963 c.c.): data of 22-11-2025 is kept
  all day on 22-11-2026, and deleted in the night to the 23rd; data of 29-02-2024 is deleted in the night to 01-03-2025.
- The worker runs the rules every night at 00:20, as the job \`retention\`, those of the register as \`consent-retention\`; after an outage as soon as it is running again. An import of
  persons also runs «usciti» at its end. \`admin jobs\` shows the last run, and
  \`passerella_job_last_success_timestamp_seconds{kind="retention"}\` older than two days should raise an alarm.
- Rows are deleted in batches of 10 000, each a transaction together with its row in the access log: operation \`retention:<rule>\`, outcome \`deleted\`, the number in
  \`affected\`, the run in \`request_id\`. An interrupted run has logged what it did, and the next run does the rest. These rows too are kept 12 months.
- \`admin retention\` reports expired data, and deletes nothing; \`admin retention --apply\` deletes them now. Rules that
  cannot run, such as when the consent database is unavailable, are named, with exit code 1; the others run. A worker that has both
  databases handles the consent database; if no worker has both, run the command, with \`PASSERELLA_CONSENT_RETENTION_MONTHS\` set, by a timer.
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
