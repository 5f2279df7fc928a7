/** docs/retention.md: every rule of retention, for operators and data controllers. Made from the rules that are run. */
import { retentionRules } from '../../retention/index.js';
import type { Rules } from '../../retention/index.js';
import { markdownTable } from './table.js';

/** Stands for what the operator configures, and is replaced by the setting's name. */
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
goes whole or stays: what waits for a window's bulk, and what has not been sent to the region, keeps it.

## How

- Terms are calendar days in Rome. Months end on the day that corresponds to the first one, or on the month's last (art. 2963 c.c.): what is of 22-11-2025 is there
  all day on 22-11-2026, and goes in the night to the 23rd; what is of 29-02-2024 goes in the night to 01-03-2025.
- The worker runs the rules every night at 00:20, as the job \`retention\`, those of the register as \`consent-retention\`; after an outage as soon as it is back. An import of
  persons runs «usciti» too, when it is done. \`admin jobs\` shows the last run, and
  \`passerella_job_last_success_timestamp_seconds{kind="retention"}\` older than two days is worth an alarm.
- Rows go in batches of 10 000, each a transaction together with its row in the access log: operation \`retention:<rule>\`, outcome \`deleted\`, the number in
  \`affected\`, the run in \`request_id\`. What is interrupted has said what it did, and the next run does the rest. These rows too are kept 12 months.
- \`admin retention\` says what is past its term now, and deletes nothing; \`admin retention --apply\` deletes it now. Rules that
  cannot be run, as when the consent database is away, are named, with exit code 1; the others are run. The consent database is dealt with
  by a worker that has both databases; where none has, run the command, with \`PASSERELLA_CONSENT_RETENTION_MONTHS\` set, by a timer.
- The gateway can delete nothing of all this. The worker can, but of the access log, tests, substitutions, daily
  numbers and downloads only what is past twelve months by the database's own clock, whoever asks. Of the register only \`passerella_consent_retention\` deletes.
- Deleted rows live on in back-ups and in the WAL archive: let these end with the same terms in mind.
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
