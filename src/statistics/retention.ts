/** How long sent statistics are kept. Run by src/retention. */
import { deletion } from '../platform/db/index.js';
import type { RetentionRule } from '../platform/db/index.js';

export const statisticsRetention: readonly RetentionRule[] = [
  deletion({
    name: 'statistics.delivery',
    table: 'statistics.delivery',
    describes: 'statistiche inviate al Commissario: archivio cifrato, stati e ricevute (solo dati aggregati)',
    term: '12 mesi dalla data della statistica',
    months: 12,
    source: '[S-5]; il capitolo 5 non fissa un termine, si segue quello di 2.5 e 4.5',
    since: { instant: 'taken_at' },
  }),
];
