/** The message for an unforeseen error of a command. */
import { isDatabaseUnavailable, isDiskFull } from '../platform/db/index.js';
import { codeOf } from '../platform/error-code.js';

/** Never the error's own text: a message of the database may quote a row (6.7). */
export function failureOf(error: unknown): string {
  if (isDatabaseUnavailable(error)) return 'the database cannot be reached';
  if (isDiskFull(error)) return 'the disk of the database is full';
  const name = error instanceof Error ? error.name : 'unknown error';
  const code = codeOf(error);
  return code === undefined ? name : `${name} ${code}`;
}
