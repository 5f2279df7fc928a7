/** The only part that may be logged of an error whose text may quote data (6.7). */
import { types } from 'node:util';

/** The `code` of a system error (`ENOENT`, …), of zlib or of the database (SQLSTATE); undefined when there is none. */
export function codeOf(error: unknown): string | undefined {
  // Not instanceof: an error of Node itself is of another realm where the program runs in a vm context.
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
