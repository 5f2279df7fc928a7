/** Retention of the ASLs' data (4.5). Run by src/retention. */
import { deletion } from '../platform/db/index.js';
import type { RetentionRule } from '../platform/db/index.js';

const TWELVE_MONTHS = { term: '12 mesi dalla comunicazione', months: 12, source: '[S-5], 4.5' } as const;

export const aslRetention: readonly RetentionRule[] = [
  deletion({
    ...TWELVE_MONTHS,
    name: 'asl.daily_count',
    table: 'asl.daily_count',
    describes: 'numeri giornalieri dei test eseguiti dalle ASL, sostituiti compresi',
    since: { instant: 'communicated_at' },
  }),
  deletion({
    ...TWELVE_MONTHS,
    term: '12 mesi dallo scarico',
    name: 'asl.download',
    table: 'asl.download',
    describes: 'scarichi dei file degli assistiti per medico',
    since: { instant: 'at' },
  }),
];
