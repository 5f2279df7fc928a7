/**
 * A submission as one plain statement for one row, the obvious way: the same guard, the same change, the same
 * access-log row, in one transaction. A fixed yardstick, whatever the gateway's own statement becomes.
 */
import type { Statement } from './statements.js';

/** $1 when, $2 doctor and titular, $3 person, $4 execution date, $5 client address, $6 request id. */
const TEXT = `
  WITH verdict AS MATERIALIZED (
    SELECT nextval('audit.transaction_id') AS id, EXISTS (
      SELECT FROM registry.person p JOIN roster.listed_person l ON l.person = p.identifier
      WHERE p.identifier = $3 AND p.doctor = $2 AND p.status = 'in_care'
    ) AS is_listed
  ), submitted AS (
    INSERT INTO screening.test_submission (transaction_id, titular, doctor, person, executed_on, communicated_at)
    SELECT id, $2, $2, $3, $4::date, $1::timestamptz FROM verdict WHERE is_listed
    ON CONFLICT (person, executed_on) WHERE cancelled_by IS NULL DO NOTHING
    RETURNING transaction_id
  ), decided AS (
    SELECT id, CASE WHEN NOT is_listed THEN '2004' WHEN EXISTS (SELECT FROM submitted) THEN '0000' ELSE '2005' END AS outcome
    FROM verdict
  ), logged AS (
    INSERT INTO audit.access_log (transaction_id, outcome, at, operation, user_id, doctor, titular, method, client_address,
                                  request_id)
    SELECT id, outcome, $1::timestamptz, 'test-submission', $2, $2, $2, 'card', $5::inet, $6::uuid FROM decided
  )
  SELECT id, outcome FROM decided`;

export function plainSubmission(doctor: string, person: string, executedOn: string): Statement {
  const requestId = '00000000-0000-4000-8000-000000000000';
  return { text: TEXT, values: [new Date(), doctor, person, executedOn, '127.0.0.1', requestId] };
}
