/**
 * A user id as people enter it on a page, in any case. HTTP Basic and the database use it literally, and two accounts
 * of former releases may differ only in case: these are distinguished by exact input.
 */
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';

/**
 * @returns the account's user id; for one that nobody has a fixed spelling, so that attempts on it count together, as
 * they do on an account
 */
export type TypedUserId = (typed: string) => Promise<string>;

export function createTypedUserId(db: DataSource): TypedUserId {
  const find = statement<{ userId: string }>(
    db,
    'auth.typedUserId',
    'SELECT a.user_id AS "userId" FROM auth.account a WHERE lower(a.user_id) = lower($1)',
  );
  return async (typed) => {
    const [first, ...others] = (await find([typed])).map(({ userId }) => userId);
    if (first === undefined) return typed.toLowerCase();
    return others.length === 0 ? first : typed;
  };
}
