/** The rows of submissions and cancellations, read as the owner, not through the gateway. Read-only. */
import pg from 'pg';
import { CANCELLATION, SUBMISSION } from './evidence.js';
import type { CancellationRow, Evidence, LogRow, SubmissionRow } from './evidence.js';

export type Tables = Pick<Evidence, 'submissions' | 'cancellations' | 'log'>;

export async function readTables(ownerUrl: string): Promise<Tables> {
  return withClient(ownerUrl, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'); // all tables at one moment
    const submissions = await client.query<SubmissionRow>(
      `SELECT transaction_id AS "transactionId", person, executed_on::text AS day, cancelled_by AS "cancelledBy"
       FROM screening.test_submission`,
    );
    const cancellations = await client.query<CancellationRow>(
      `SELECT transaction_id AS "transactionId", submission FROM screening.test_cancellation`,
    );
    const log = await client.query<LogRow>(
      `SELECT transaction_id AS "transactionId", operation, outcome, method FROM audit.access_log
       WHERE operation = ANY ($1)`,
      [[SUBMISSION, CANCELLATION]],
    );
    await client.query('COMMIT');
    return { submissions: submissions.rows, cancellations: cancellations.rows, log: log.rows };
  });
}

/** Settings that reduce safety and differ from a production server's: crashing such a server proves nothing. */
export async function unsafeSettings(ownerUrl: string): Promise<string[]> {
  return withClient(ownerUrl, async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_settings
       WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting <> 'on'`,
    );
    return rows.map(({ name, setting }) => `${name} is ${setting}`);
  });
}

export async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: 'crash suite' });
  client.on('error', () => undefined); // a lost connection fails the query that runs on it
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
