/**
 * The ASL that an operator's account acts for: read and changed by the operations on accounts, in their
 * transaction.
 */
import type { AccountTies } from '../auth/index.js';
import type { Queryable } from '../platform/db/index.js';

/** @param tables as the owner: the gateway may not change them */
export function aslTies(tables: Queryable): Pick<AccountTies, 'isAsl' | 'assignAsl' | 'unassignAsl' | 'aslOf'> {
  return {
    async isAsl(asl) {
      return (await tables.query<unknown[]>('SELECT FROM registry.asl WHERE code = $1', [asl])).length > 0;
    },
    async assignAsl(userId, asl) {
      const rows = await tables.query<unknown[]>(
        `INSERT INTO asl.operator (user_id, asl_code)
         SELECT c.user_id, r.code FROM auth.capacity c, registry.asl r
         WHERE c.user_id = $1 AND c.role = 'asl_operator' AND r.code = $2
         ON CONFLICT (user_id) DO UPDATE SET asl_code = EXCLUDED.asl_code RETURNING 1`,
        [userId, asl],
      );
      return rows.length > 0;
    },
    async unassignAsl(userId) {
      await tables.query('DELETE FROM asl.operator WHERE user_id = $1', [userId]);
    },
    async aslOf(userId) {
      const [row] = await tables.query<{ asl: string }[]>(
        'SELECT asl_code AS asl FROM asl.operator WHERE user_id = $1',
        [userId],
      );
      return row?.asl;
    },
  };
}
