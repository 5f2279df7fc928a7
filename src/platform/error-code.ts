/** The only part of an error that may be logged when its text may quote data (6.7). */
import { types } from 'node:util';

/** The `code` of a system error (`ENOENT`, …), of zlib or of the database (SQLSTATE); undefined when there is none. */
export function codeOf(error: unknown): string | undefined {
  // Not instanceof: where the program runs in a vm context, Node's own errors are of another realm.
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
