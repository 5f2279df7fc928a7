/**
 * The way of every command [S-3]: a row in the access log when it begins, and one when it ends, with the database login and the
 * system's user. A command that was cut short has no second row. What it changes leaves its own row, with the same request id.
 */
import { types } from 'node:util';
import { accessLogIn } from '../audit/index.js';
import { accessOf } from '../auth/index.js';
import { codeOf } from '../platform/error-code.js';
import { misused } from './command.js';
import type { AdminCommand, AdminContext, Prepared } from './command.js';

/** How a command ends, in the access log; `rehearsed`: done without --apply, which changes nothing. */
export const COMMAND_OUTCOMES = ['begun', 'done', 'rehearsed', 'refused', 'misused', 'failed'] as const;
type CommandOutcome = (typeof COMMAND_OUTCOMES)[number];

/**
 * @param isReady false: the tables may not have the columns of the log yet, as before a migration; then only the end is recorded
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong arguments
 */
export async function runCommand(
  command: AdminCommand,
  args: readonly string[],
  context: AdminContext,
  isReady: boolean,
): Promise<number> {
  const { ownerDb, clock, entrance, log } = context;
  const prepared = prepare(command, args);
  const { action, apply } = typeof prepared === 'string' ? {} : prepared;
  const access = accessOf(entrance.call, `admin:${command.name}${action === undefined ? '' : ` ${action}`}`);
  const record = (outcome: CommandOutcome) => accessLogIn(ownerDb).record({ ...access, at: clock.now() }, outcome);
  // What was done stays done when its row cannot be written: the command's own result counts.
  const recordEnd = async (outcome: CommandOutcome): Promise<void> => {
    await record(outcome).catch((error: unknown) => {
      const sqlState = codeOf(error) ?? 'none';
      log.error('the end of a command is missing from the access log', {
        operation: access.operation,
        outcome,
        sqlState,
      });
    });
  };
  if (isReady) await record('begun');
  if (typeof prepared === 'string') {
    await recordEnd('misused');
    return misused(context, command.name, prepared);
  }
  let code: number;
  try {
    code = await prepared.run(context);
  } catch (error) {
    await recordEnd('failed');
    throw error;
  }
  if (code === 0) await recordEnd(apply === false ? 'rehearsed' : 'done');
  else await recordEnd(code === 2 ? 'misused' : 'refused');
  return code;
}

function prepare(command: AdminCommand, args: readonly string[]): Prepared | string {
  try {
    return command.prepare(args);
  } catch (error) {
    if (isArgumentError(error)) return wrongOption(error);
    throw error;
  }
}

function isArgumentError(error: unknown): error is Error & { readonly code: string } {
  return types.isNativeError(error) && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

/** Node's words, of which those for a word too many repeat it: it may be a person's. */
function wrongOption(error: Error & { readonly code: string }): string {
  if (error.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') return 'options are expected, and no word by itself';
  const [reason = ''] = error.message.split(/[.\n]/);
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}
