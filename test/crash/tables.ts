/** What the tables hold of the submissions, read beside the gateway as the owner. Only looks: starts and mends nothing. */
import pg from 'pg';
import type { LogRow, SubmissionRow } from './judge.js';

export interface Tables {
  readonly submissions: readonly SubmissionRow[];
  readonly log: readonly LogRow[];
}

export async function readTables(ownerUrl: string): Promise<Tables> {
  return withClient(ownerUrl, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'); // both tables of one moment
    const submissions = await client.query<SubmissionRow>(
      `SELECT transaction_id AS "transactionId", person, executed_on::text AS day, cancelled_by IS NOT NULL AS cancelled
       FROM screening.test_submission`,
    );
    const log = await client.query<LogRow>(
      `SELECT transaction_id AS "transactionId", outcome FROM audit.access_log WHERE operation = 'test-submission'`,
    );
    await client.query('COMMIT');
    return { submissions: submissions.rows, log: log.rows };
  });
}

/** Settings that give up safety, and are not as a production server has them: crashing such a server proves nothing. */
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
