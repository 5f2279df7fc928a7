/** How long sign-ins are remembered. Accounts themselves stay until an administrator removes them [S-2]. */
import { deletion } from '../platform/db/index.js';
import type { RetentionRule } from '../platform/db/index.js';

export const authRetention: readonly RetentionRule[] = [
  deletion({
    name: 'auth.sign_in_attempt',
    table: 'auth.sign_in_attempt',
    describes: 'memoria degli accessi di un’utenza da un indirizzo di rete',
    term: '12 mesi dall’ultimo tentativo',
    months: 12,
    source: '[S-5], 6.7',
    since: { instant: 'attempted_at' },
  }),
];
