/**
 * How long the history of jobs is kept. A job that runs every minute makes half a million rows a year; these expire
 * earlier.
 */
import { deletion } from '../db/index.js';
import type { RetentionRule } from '../db/index.js';

const ENDED = { table: 'jobs.job', source: '[S-5]', since: { instant: 'finished_at' } } as const;
const IS_ROUTINE = `slot IS NOT NULL AND state <> 'exhausted'`;

export const jobsRetention: readonly RetentionRule[] = [
  deletion({
    ...ENDED,
    name: 'jobs.job (pianificati)',
    describes: 'esecuzioni pianificate riuscite o annullate: esito e conteggi',
    term: '1 mese dalla fine',
    months: 1,
    only: IS_ROUTINE,
  }),
  deletion({
    ...ENDED,
    name: 'jobs.job',
    describes: 'altri lavori conclusi, annullati o abbandonati: esito e conteggi',
    term: '12 mesi dalla fine',
    months: 12,
    only: `NOT (${IS_ROUTINE})`,
  }),
];
