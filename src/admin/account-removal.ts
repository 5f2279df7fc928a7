/**
 * `account remove`: the person is no user any more [S-2]. What he did keeps its own terms: nothing of the access log, the
 * tests or an ASL's numbers refers to the account.
 */
import { recordChange } from '../audit/index.js';
import type { AdminContext } from './command.js';
import { NOTHING_CHANGED, changed } from './arguments.js';

interface Removed {
  readonly attempts: number;
  readonly asl: string | undefined;
  readonly substitutions: number;
}

/** A rehearsal does the same and undoes it. @returns the exit code */
export async function removeAccount(
  { ownerDb, clock, out }: AdminContext,
  userId: string,
  apply: boolean,
): Promise<number> {
  const removed = await changed(ownerDb, apply, async (tables): Promise<Removed | undefined> => {
    const [account] = await tables.query<{ codice_fiscale: string; asl: string | null; attempts: string }[]>(
      `SELECT a.codice_fiscale, (SELECT asl_code FROM asl.operator o WHERE o.user_id = a.user_id) AS asl,
              (SELECT count(*) FROM auth.sign_in_attempt t WHERE t.user_id = a.user_id AND t.origin <> '*') AS attempts
       FROM auth.account a WHERE a.user_id = $1 FOR UPDATE OF a`,
      [userId],
    );
    if (account === undefined) return undefined;
    // A titular who is no user leaves nobody to act for him; a substitute who becomes one again is named again [T-2].
    const [revoked] = await tables.query<[unknown[], number]>(
      `UPDATE screening.substitution SET revoked_at = $2
       WHERE (titular = $1 OR substitute = $1) AND revoked_at IS NULL
         AND valid_to >= ($2::timestamptz AT TIME ZONE 'Europe/Rome')::date RETURNING 1`,
      [account.codice_fiscale, clock.now()],
    );
    await tables.query('DELETE FROM auth.account WHERE user_id = $1', [userId]);
    await recordChange(tables, { operation: 'account-remove', userId, at: clock.now() });
    return { attempts: Number(account.attempts), asl: account.asl ?? undefined, substitutions: revoked.length };
  });
  if (removed === undefined) {
    out('refused: there is no account with this user id');
    return 1;
  }
  out(apply ? 'account removed' : 'Would remove the account');
  out(`  networks whose sign-ins are forgotten  ${removed.attempts}`);
  out(`  substitutions revoked                  ${removed.substitutions}`);
  if (removed.asl !== undefined) out(`  no longer acts for the ASL             ${removed.asl}`);
  if (!apply) out(NOTHING_CHANGED);
  return 0;
}
